//! A reader of the SVG that pictures are, for tests: it panics where it is not well formed.

/// An element: its name, its attributes, and the text inside it.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(attribute, _)| attribute == name);
        found.map_or("", |(_, value)| value)
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap()
    }

    pub(super) fn points(&self) -> Vec<(f64, f64)> {
        let point = |pair: &str| {
            let (right, down) = pair.split_once(',').unwrap();
            (right.parse().unwrap(), down.parse().unwrap())
        };
        self.get("points").split_whitespace().map(point).collect()
    }
}

/// Reads XML, and panics where it is not well formed.
pub(super) fn read(svg: &str) -> Vec<Element> {
    let is_known = |letter: char| matches!(letter, '\n' | '\t' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(svg.chars().all(is_known), "a character that XML does not have");
    let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = plain(rest[..start].trim());
        match open.last() {
            Some(&inside) => elements[inside].text += &text,
            None => assert_eq!(text, "", "text outside of all elements"),
        }
        let end = rest.find('>').expect("a tag that does not end");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().expect("an end without a start");
            assert_eq!(elements[closed].name, name);
            continue;
        }
        let (tag, is_whole) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut words) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((attribute, value)) = words.split_once("=\"") {
            let (value, next) = value.split_once('"').expect("a value that does not end");
            attributes.push((attribute.trim().to_owned(), plain(value)));
            words = next;
        }
        assert_eq!(words.trim(), "", "in <{tag}>");
        if !is_whole {
            open.push(elements.len());
        }
        elements.push(Element { name: name.to_owned(), attributes, text: String::new() });
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "not all is closed");
    assert_eq!(elements[0].name, "svg");
    elements
}

/// Returns a text with the characters that its entities stand for.
fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';').expect("a bare &");
        plain += before;
        plain.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            name => panic!("&{name};"),
        });
        rest = after;
    }
    plain + rest
}

pub(super) fn texts(elements: &[Element]) -> Vec<&str> {
    elements.iter().filter(|it| it.name == "text").map(|it| it.text.as_str()).collect()
}

/// Returns how places become numbers, from the labels of an axis: `[across, up]`.
pub(super) fn scales(elements: &[Element]) -> [impl Fn(f64) -> f64 + use<>; 2] {
    let labels = |anchor: &str, place: &str| {
        let labels = elements.iter().filter(|it| it.get("text-anchor") == anchor);
        let label =
            |it: &Element| Some((it.number(place), it.text.replace(',', "").parse::<f64>().ok()?));
        let labels: Vec<(f64, f64)> = labels.filter_map(label).collect();
        assert!(labels.len() > 1, "{labels:?}");
        let ((one, first), (other, last)) = (labels[0], labels[labels.len() - 1]);
        move |place: f64| first + (place - one) / (other - one) * (last - first)
    };
    [labels("middle", "x"), labels("end", "y")]
}
