//! The web page in a real browser: nothing leaves, and a click on a line plays it.

use crate::support;
use crate::support::conferences::rain;
use afterbell::export::{Contents, Format, PackedSound, render};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// Chromium without a window, steered over its debugging port on this computer.
struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    sent: u64,
    /// What the page asked for, as the browser reports it.
    requests: Vec<String>,
}

impl Browser {
    fn open(page: &Path, folder: &Path, dark: bool) -> Self {
        let mut command = Command::new("chromium");
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run", "--disable-background-networking"]);
        command.args(["--disable-component-update", "--disable-sync", "--window-size=1366,900", "--remote-debugging-port=0", "about:blank"]);
        if dark {
            command.arg("--force-dark-mode");
        }
        command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let port_file = folder.join("profile/DevToolsActivePort");
        support::wait_for("the browser", || std::fs::read_to_string(&port_file).is_ok_and(|text| text.lines().count() >= 2));
        let port: u16 = std::fs::read_to_string(&port_file).unwrap().lines().next().unwrap().parse().unwrap();
        let listed = plain_get(port, "/json/list");
        let pages: Value = serde_json::from_str(&listed).unwrap();
        let target = pages.as_array().unwrap().iter().find(|page| page["type"] == "page").unwrap()["webSocketDebuggerUrl"].as_str().unwrap().to_owned();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let (socket, _) = tungstenite::client(target, stream).unwrap();
        let mut browser = Self { child, socket, sent: 0, requests: Vec::new() };
        browser.ask("Network.enable", json!({}));
        browser.ask("Page.enable", json!({}));
        browser.ask("Page.navigate", json!({ "url": format!("file://{}", page.display()) }));
        browser.until("document.readyState === 'complete' && location.protocol === 'file:'");
        browser
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        self.socket.send(Message::text(json!({ "id": self.sent, "method": method, "params": params }).to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["method"] == "Network.requestWillBeSent" {
                self.requests.push(answer["params"]["request"]["url"].as_str().unwrap().to_owned());
            }
            if answer["id"] == self.sent {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn value(&mut self, script: &str) -> Value {
        self.ask("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }))["result"]["value"].clone()
    }

    fn until(&mut self, script: &str) {
        let begun = Instant::now();
        while self.value(script) != true {
            assert!(begun.elapsed() < Duration::from_secs(30), "never: {script}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A real press of the mouse, as a person's.
    fn press(&mut self, selector: &str) {
        let middle = self.value(&format!(
            "(() => {{ const row = document.querySelector({selector:?}); row.scrollIntoView({{ block: 'center' }}); const box = row.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            self.ask("Input.dispatchMouseEvent", json!({ "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1 }));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// One plain request to the debugging port.
fn plain_get(port: u16, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).ok();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn the_page_opens_from_disk_asks_for_nothing_and_plays_on_a_click() {
    if !support::has("chromium") {
        return support::skip("no chromium");
    }
    let folder = tempfile::tempdir().unwrap();
    let wav = support::clip(folder.path(), "maya", 30.0);
    let sound = PackedSound { bytes: afterbell::audio::encode_opus(&wav, None, &mut |_| Ok(())).unwrap() };
    let contents = Contents { sound: true, ..Contents::ALL };
    let page = folder.path().join("Konferenz ä.html");
    std::fs::write(&page, render(&rain(), Format::Html, &contents, Some(&sound)).unwrap()).unwrap();
    let mut browser = Browser::open(&page, folder.path(), false);
    browser.until("document.getElementById('sound').readyState >= 1");
    let length = browser.value("document.getElementById('sound').duration").as_f64().unwrap();
    assert!((length - 30.0).abs() < 0.1, "{length}");
    assert_eq!(browser.value("document.getElementById('sound').paused"), true);
    browser.press(".row.line[data-at='14000'] .at");
    browser.until("!document.getElementById('sound').paused && document.getElementById('sound').currentTime > 14.2");
    let at = browser.value("document.getElementById('sound').currentTime").as_f64().unwrap();
    assert!((14.0..20.0).contains(&at), "{at}");
    let left: Vec<_> = browser.requests.iter().filter(|url| !["file:", "blob:", "data:", "about:"].iter().any(|own| url.starts_with(own))).collect();
    assert!(left.is_empty() && !browser.requests.is_empty(), "{:?}", browser.requests);
    // The page's own rules forbid what it does not do anyway.
    let fetched = browser.ask(
        "Runtime.evaluate",
        json!({ "expression": "fetch('http://127.0.0.1:9/').then(() => 'let out', () => 'kept in')", "awaitPromise": true, "returnByValue": true }),
    );
    assert_eq!(fetched["result"]["value"], "kept in");
}
