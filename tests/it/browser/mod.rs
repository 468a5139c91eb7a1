//! The pages as people use them: a real browser against a running `forewarn serve`.

mod buyer;
mod merchant;
mod operations;
mod yesterday;

use std::time::{Duration, Instant};

use thirtyfour::DesiredCapabilities;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;

use crate::process::{AT_ANY_HOUR, Place};
use crate::services;

/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(20);
/// The rest between two looks at a page.
const LOOK: Duration = Duration::from_millis(20);
/// A desk and a telephone, in CSS pixels.
const WIDE: (u32, u32) = (1_280, 900);
const NARROW: (u32, u32) = (390, 844);

/// One window of a browser.
struct Window {
    driver: WebDriver,
}

impl Window {
    /// Opens a window of this size that asks for pages in `language`; `None` where there is no browser.
    async fn open((width, height): (u32, u32), language: &str) -> Option<Self> {
        let service = services::webdriver()?;
        // The driver speaks plain HTTP, but the client under it insists on knowing how it would speak TLS.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(service.chromium.to_str().unwrap()).unwrap();
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
            capabilities.add_arg(argument).unwrap();
        }
        capabilities.add_arg(&format!("--accept-lang={language}")).unwrap();
        let driver = WebDriver::new(service.url, capabilities).await.unwrap();
        let size = serde_json::json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        let tools = ChromeDevTools::new(driver.handle.clone());
        tools.execute_cdp_with_params("Emulation.setDeviceMetricsOverride", size).await.unwrap();
        Some(Self { driver })
    }

    async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
        self.fits().await;
    }

    /// Nothing sticks out at the side.
    async fn fits(&self) {
        let script = "return [document.documentElement.scrollWidth, window.innerWidth]";
        let widths: [u64; 2] = self.driver.execute(script, Vec::new()).await.unwrap().convert().unwrap();
        let url = self.driver.current_url().await.unwrap();
        assert!(widths[0] <= widths[1], "{url} is {} wide in a window of {}", widths[0], widths[1]);
    }

    async fn one(&self, css: &str) -> WebElement {
        match self.driver.find(By::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text().await),
        }
    }

    async fn click(&self, css: &str) {
        let element = self.one(css).await;
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap();
    }

    /// Types over what a field held.
    async fn fill(&self, css: &str, text: &str) {
        let field = self.one(css).await;
        field.scroll_into_view().await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn value(&self, css: &str) -> String {
        self.one(css).await.prop("value").await.unwrap().unwrap()
    }

    /// Everything the page shows; nothing while one page gives way to the next.
    async fn text(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits for `words`: a click may return before the page it leads to is there.
    async fn shows(&self, words: &str) {
        let began = Instant::now();
        while !self.text().await.contains(words) {
            assert!(began.elapsed() < PATIENCE, "no `{words}` in {}", self.text().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until the window's address ends with `end`.
    async fn arrives(&self, end: &str) {
        let began = Instant::now();
        while !self.path().await.ends_with(end) {
            assert!(began.elapsed() < PATIENCE, "at {} and not at {end}", self.path().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn hides(&self, words: &str) {
        let text = self.text().await;
        assert!(!text.contains(words), "`{words}` in {text}");
    }

    /// Loads the page again until it shows `words`.
    async fn comes_to_show(&self, words: &str) {
        let began = Instant::now();
        while !self.text().await.contains(words) {
            assert!(began.elapsed() < PATIENCE, "`{words}` does not come: {}", self.text().await);
            self.driver.refresh().await.unwrap();
        }
    }

    async fn language(&self) -> String {
        self.one("html").await.attr("lang").await.unwrap().unwrap()
    }

    async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    async fn close(self) {
        self.driver.quit().await.unwrap();
    }
}

/// A service with an empty store whose notices stay in the mailbox.
fn place() -> Place {
    let sections = format!(
        "{}[mailbox]\nenabled = true\n[shop.qinghe]\nname = \"清禾茶行\"\n[shop.northwind]\nname = \"Northwind\"\nlocale = \"en\"\n",
        Place::live()
    );
    Place::new(&sections, &format!("link_secret = \"{}\"\n", yesterday::SECRET), AT_ANY_HOUR)
}

/// The link that opens the console, made by the command.
fn invitation(place: &Place, arguments: &[&str]) -> String {
    let said = place.says(&[&["user", "add"], arguments].concat());
    said.lines().next().unwrap().to_owned()
}
