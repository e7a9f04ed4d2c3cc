//! Makes a picture of a page, as a browser shows it: for documents, and for who changes the pages.
//!
//! `cargo run -p asim-tests --example look -- PAGE.html PICTURE.png [options]`
//!
//! | option | |
//! |---|---|
//! | `--dark` | as who likes it dark sees it |
//! | `--print` | as it is printed |
//! | `--width 375`, `--height 700` | how large the window is, in CSS pixels; 1200 by 900 otherwise |
//! | `--whole` | the window is as high as the page |
//! | `--at 30` | a replay at this time of the model |
//! | `--evaluate SCRIPT` | runs a script first, and prints what it gives |

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use asim_tests::browser::Browser;

#[derive(Default)]
struct Options {
    files: Vec<PathBuf>,
    dark: bool,
    print: bool,
    whole: bool,
    width: Option<u32>,
    height: Option<u32>,
    at: Option<f64>,
    evaluate: Option<String>,
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let no_number = |it: &str| format!("{word} {it}: write a number");
        let pixels = |it: String| it.parse::<u32>().map_err(|_| no_number(&it));
        match word.as_str() {
            "--dark" => options.dark = true,
            "--print" => options.print = true,
            "--whole" => options.whole = true,
            "--width" => options.width = Some(pixels(value()?)?),
            "--height" => options.height = Some(pixels(value()?)?),
            "--at" => {
                let time = value()?;
                options.at = Some(time.parse().map_err(|_| no_number(&time))?);
            }
            "--evaluate" => options.evaluate = Some(value()?),
            option if option.starts_with("--") => return Err(format!("there is no {option}")),
            file => options.files.push(file.into()),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(word) => {
            eprintln!("error: {word}");
            return ExitCode::from(2);
        }
    };
    let [page, picture] = &options.files[..] else {
        eprintln!("error: write the page and the picture, as in `look bank.html bank.png`");
        return ExitCode::from(2);
    };
    let Some(browser) = Browser::start() else { return ExitCode::FAILURE };
    let tab = browser.tab();
    let (width, height) = (options.width.unwrap_or(1200), options.height.unwrap_or(900));
    tab.resize(width, height);
    let scheme = if options.dark { "dark" } else { "light" };
    let medium = if options.print { "print" } else { "screen" };
    tab.prefer(medium, &[("prefers-color-scheme", scheme)]);
    tab.open(page);
    if let Some(time) = options.at {
        tab.evaluate(&format!("(replay.pause && replay.pause(), replay.goToTime({time}), 0)"));
    }
    if let Some(script) = &options.evaluate {
        println!("{}", tab.evaluate(script));
    }
    if options.whole {
        let whole = tab.number("document.documentElement.scrollHeight");
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        tab.resize(width, whole.ceil() as u32);
    }
    // A frame or two until all is drawn.
    tab.wait(Duration::from_millis(300));
    for complaint in tab.complaints() {
        eprintln!("the page complains: {complaint}");
    }
    if let Err(error) = fs::write(picture, tab.screenshot()) {
        eprintln!("error: {}: {error}", picture.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
