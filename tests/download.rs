//! Downloading a model, from a server on this computer that behaves well and badly. (One test: the address is a variable of the process.)

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

/// Answers each request with the next of `answers`, then ends.
fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::Builder::new()
        .spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 2048];
                let _read = stream.read(&mut request).unwrap();
                stream.write_all(&answer).ok();
            }
        })
        .unwrap();
    address
}

fn answer(status: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn a_download_is_whole_and_right_or_not_there() {
    let env = support::TestEnv::new();
    let size = 43_550_795;
    let mut wrong = b"lmgg".to_vec();
    wrong.resize(size, 7);
    let address = serve(vec![
        answer("404 Not Found", 9, b"not found"),
        answer("200 OK", 60, b"<html><body>This network does not allow it.</body></html>   "),
        answer("200 OK", size, &wrong[..2_000_000]),
        answer("200 OK", size, &wrong),
    ]);
    let download = || {
        let output = env.command(&["models", "download", "tiny.en-q8_0"]).env("AFTERBELL_MODEL_ADDRESS", &address).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (what, sentence) in [
        ("404", "The download stopped."),
        ("a page", "The download stopped."),
        ("cut short", "The download stopped."),
        ("other bytes", "This speech model file isn’t complete."),
    ] {
        let (code, said) = download();
        assert!(code == Some(1) && said.contains(sentence), "{what}: {code:?} {said}");
        let left: Vec<_> = std::fs::read_dir(env.library().join("models")).map(|files| files.flatten().map(|file| file.path()).collect()).unwrap_or_default();
        assert!(left.is_empty(), "{what} left {left:?}");
    }
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/ggml-tiny.en-q8_0.bin");
    let Ok(bytes) = std::fs::read(real) else {
        eprintln!("SKIPPED: the real tiny model is not here, so a download that succeeds was not tried");
        return;
    };
    let address = serve(vec![answer("200 OK", bytes.len(), &bytes)]);
    let output = env.command(&["--json", "models", "download", "tiny.en-q8_0"]).env("AFTERBELL_MODEL_ADDRESS", &address).output().unwrap();
    assert!(output.status.success());
    assert_eq!(env.run(&["models", "use", "tiny.en-q8_0"]).0, 0);
    let models = env.json(&["models"]);
    let tiny = models.as_array().unwrap().iter().find(|row| row["name"] == "tiny.en-q8_0").unwrap();
    assert!(tiny["installed"] == true && tiny["in_use"] == true && tiny["built_in"] == false);
    assert_eq!(env.run(&["models", "remove", "tiny.en-q8_0"]).0, 0);
}
