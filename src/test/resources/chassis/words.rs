//! What a real toolchain makes of an ordinary program: it counts words in a hash map, whose order is random elsewhere.
//!
//! stdin: lines of words; a line that begins with "!" tells the program to do something that it must not:
//! "!hoard N" keeps N MiB, "!panic" panics, "!read FILE" opens a file, "!exit N" ends with N.
//! stdout: the words with their number, most frequent first.

use std::collections::HashMap;
use std::io::{BufRead, Write};

fn main() {
    let mut words: HashMap<String, u64> = HashMap::new();
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("UTF-8");
        match line.strip_prefix('!') {
            Some(order) => obey(order, &mut hoard),
            None => {
                for word in line.split_whitespace() {
                    *words.entry(word.to_lowercase()).or_default() += 1;
                }
            }
        }
    }
    let first = words.keys().next().cloned().unwrap_or_default();
    let mut counted: Vec<(String, u64)> = words.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut out = std::io::stdout().lock();
    for (word, count) in counted {
        writeln!(out, "{} {}", word, count).expect("stdout");
    }
    writeln!(std::io::stderr(), "first in the map: {}", first).expect("stderr");
}

fn obey(order: &str, hoard: &mut Vec<Vec<u8>>) {
    let (what, with) = order.split_once(' ').unwrap_or((order, ""));
    match what {
        "hoard" => {
            for _ in 0..with.parse::<u32>().expect("a number") {
                hoard.push(vec![1; 1 << 20]);
            }
        }
        "panic" => panic!("as it was told"),
        "read" => match std::fs::read(with) {
            Ok(bytes) => eprintln!("{} bytes", bytes.len()),
            Err(error) => eprintln!("{}: {}", with, error.kind()),
        },
        "exit" => std::process::exit(with.parse().expect("a number")),
        _ => panic!("what is {}?", what),
    }
}
