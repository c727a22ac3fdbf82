//! The elements of a Silhouette file, as far as shapes need them.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::shapes::{ShapeError, limits};

/// Elements nest no deeper in any real file.
const MAX_DEPTH: usize = 64;
/// Attributes of an element; an object has about ten.
const MOST_ATTRIBUTES: usize = 64;
/// Elements at a time, without points and what is within shapes that were read: two for each key of a shape. They
/// take some 400 bytes each.
const MOST_ELEMENTS: usize = 1_500_000;

/// The six numbers of a point: itself, the handle toward the previous one, the handle toward the next one.
pub(super) type Six = [f64; 6];

/// An element.
#[derive(Debug)]
pub(super) struct Element<T> {
    /// Its name.
    pub tag: Box<str>,
    attributes: Vec<(String, String)>,
    /// The elements in it but for points.
    pub children: Vec<Element<T>>,
    /// The points in it, as far as they are right.
    pub points: Vec<Six>,
    /// The first point in it that is none.
    pub odd_point: Option<Box<str>>,
    /// The text in it.
    pub text: String,
    /// What was made of it when it ended, in the place of what was in it.
    pub made: Option<Box<T>>,
    /// Elements in it, itself included.
    size: usize,
}

impl<T> Element<T> {
    fn new(tag: &str) -> Self {
        Self {
            tag: tag.into(),
            attributes: Vec::new(),
            children: Vec::new(),
            points: Vec::new(),
            odd_point: None,
            text: String::new(),
            made: None,
            size: 1,
        }
    }

    /// What the attribute called `name` says.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.0 == name).map(|a| a.1.as_str())
    }

    /// The number that the attribute called `name` says; none without it.
    pub fn number(&self, name: &str) -> Result<Option<f64>, ShapeError> {
        let Some(text) = self.attribute(name) else { return Ok(None) };
        let value = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        let wrong = || {
            let (tag, text) = (limits::beginning(&self.tag), limits::beginning(text));
            bad(format!("{name} of <{tag}> is {text:?}, expected a number"))
        };
        value.map(Some).ok_or_else(wrong)
    }

    /// The first element in it with this name.
    pub fn child(&self, tag: &str) -> Option<&Element<T>> {
        self.children.iter().find(|c| &*c.tag == tag)
    }

    fn from_start(start: &BytesStart) -> Result<Self, ShapeError> {
        let mut element = Self::new(start.name().as_ref());
        // Each is compared with all before it, and of two of one name the first counts.
        for attribute in start.attributes().with_checks(false) {
            let wrong =
                |e: &dyn std::fmt::Display| bad(format!("an attribute of <{}>: {e}", start.name().as_ref()));
            let attribute = attribute.map_err(|e| wrong(&e))?;
            if element.attributes.len() >= MOST_ATTRIBUTES {
                return Err(wrong(&format!("there are more than {MOST_ATTRIBUTES}")));
            }
            let value =
                attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|e| wrong(&e))?;
            element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(element)
    }

    /// Takes in an element that ended.
    fn take(&mut self, done: Self) {
        if &*done.tag != "Point" {
            self.size += done.size;
            self.children.push(done);
            return;
        }
        match six(&done.text) {
            Some(point) => self.points.push(point),
            None if self.odd_point.is_none() => {
                self.odd_point = Some(limits::beginning(&done.text).into());
            }
            None => {}
        }
    }
}

/// The numbers of a point's text.
fn six(text: &str) -> Option<Six> {
    let mut numbers = text.split(['(', ')', ',']).map(str::trim).filter(|t| !t.is_empty());
    let mut six = [0.0; 6];
    for number in &mut six {
        *number = numbers.next()?.parse::<f64>().ok().filter(|v| v.is_finite())?;
    }
    numbers.next().is_none().then_some(six)
}

fn bad(reason: String) -> ShapeError {
    ShapeError::Malformed(reason)
}

/// The only root element. `made` is asked for each element that ends, given the root without what is in it; where
/// it makes something of it, that takes the place of what was in the element.
pub(super) fn parse<T>(
    text: &str,
    mut made: impl FnMut(&Element<T>, &Element<T>) -> Result<Option<T>, ShapeError>,
) -> Result<Element<T>, ShapeError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element<T>> = vec![Element::new("")];
    let mut all = 0;
    loop {
        let event =
            reader.read_event().map_err(|e| bad(format!("at byte {}: {e}", reader.error_position())))?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(bad(format!("elements nest deeper than {MAX_DEPTH}")));
                }
                open.push(Element::from_start(&start)?);
                all += 1;
            }
            Event::Empty(start) => {
                let element = Element::from_start(&start)?;
                all += usize::from(&*element.tag != "Point");
                if let Some(top) = open.last_mut() {
                    top.take(element);
                }
            }
            Event::End(_) => {
                let Some(mut done) = open.pop() else { continue };
                if let Some(root) = open.get(1)
                    && let Some(thing) = made(root, &done)?
                {
                    all = all.saturating_sub(done.size - 1);
                    done = Element { made: Some(Box::new(thing)), ..Element::new("") };
                }
                all = all.saturating_sub(usize::from(&*done.tag == "Point"));
                if let Some(top) = open.last_mut() {
                    top.take(done);
                }
            }
            Event::Text(chunk) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&chunk);
                }
            }
            Event::Eof => break,
            _ => {}
        }
        if all > MOST_ELEMENTS {
            return Err(bad(format!("there are more than {MOST_ELEMENTS} elements within one object")));
        }
    }
    match (open.len(), open.pop()) {
        (1, Some(mut document)) if document.children.len() == 1 => Ok(document.children.remove(0)),
        (1, Some(document)) => {
            Err(bad(format!("there are {} root elements, expected one", document.children.len())))
        }
        (_, element) => Err(bad(format!("<{}> is not closed", element.map(|e| e.tag).unwrap_or_default()))),
    }
}
