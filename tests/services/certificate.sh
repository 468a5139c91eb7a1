# A certificate for a service that speaks TLS. Sourced after daemon.sh.
# shellcheck shell=bash

# A certificate authority of its own and a certificate signed by it: TLS clients that know only the authority are
# right to refuse an authority's certificate as that of a server.
make_certificate() {
    command -v openssl >/dev/null || missing "needs openssl to make a certificate; install it (Debian: apt-get install openssl)."
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Forewarn test authority' \
            -keyout "$state/ca.key" -out "$state/ca.pem"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' \
            -keyout "$state/server.key" -out "$state/server.csr"
        openssl x509 -req -in "$state/server.csr" -CA "$state/ca.pem" -CAkey "$state/ca.key" -CAcreateserial -days 30 \
            -extfile <(echo 'basicConstraints=CA:FALSE
subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$state/server.pem"
    } 2>"$state/openssl.log" || { cat "$state/openssl.log" >&2; missing "openssl made no certificate; the reason is above."; }
}
