# What services made of Apache Kafka have in common: Java, the jars (taken once from Maven Central into tests/.cache),
# and the start of one KRaft node. Sourced after daemon.sh.
# shellcheck shell=bash

version=4.3.1
jars=$tests_dir/.cache/kafka-$version

need_kafka() {
    need_java
    [[ -d $jars ]] || fetch
}

need_java() {
    local major
    command -v java >/dev/null ||
        missing "needs Java 17 or newer to run Apache Kafka; install it (Debian: apt-get install default-jre-headless)."
    major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    ((${major:-0} >= 17)) || missing "needs Java 17 or newer, but this machine's java is version ${major:-unknown}."
}

# Copies the broker and what it runs on; kafka-clients and the rest follow from the one artifact. slf4j-simple is there
# for the log, without which nobody could tell when the broker is ready or why it is not.
fetch() {
    command -v mvn >/dev/null ||
        missing "Java is here but Maven is not, and Apache Kafka $version is not in tests/.cache yet; install Maven once (Debian: apt-get install maven)."
    local pom=$state/pom.xml
    cat >"$pom" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>forewarn.test</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
    echo "$service: fetching Apache Kafka $version once (45 MB) ..." >&2
    rm -rf "$jars.part"
    mvn --quiet --batch-mode --strict-checksums -Dstyle.color=never --file "$pom" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$jars.part" >&2 ||
        missing "Maven could not fetch Apache Kafka $version; its words are above. Check the connection to Maven Central."
    mv "$jars.part" "$jars"
}

# Lays out the storage that $state/server.properties describes.
format_storage() {
    java -Xmx128m -cp "$jars/*" kafka.tools.StorageTool format --cluster-id Zm9yZXdhcm4tdGVzdC0wMQ \
        --config "$state/server.properties" >"$state/format.log" 2>&1 ||
        { cat "$state/format.log" >&2; missing "could not lay out its storage; the reason is above."; }
}

# Starts the node of $state with a heap of the given size, such as 256m; it need not be ready yet.
launch_node() {
    launch java -Xms"$1" -Xmx"$1" -XX:+UseSerialGC -cp "$jars/*" kafka.Kafka "$state/server.properties"
}

await_node() {
    await logged 'Kafka Server started'
}
