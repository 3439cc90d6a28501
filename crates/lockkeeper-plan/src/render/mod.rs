//! Plans for people: in a terminal, in a pull request, on a page. All of it is made from effects, so
//! that it holds for every engine, and nothing from a plan is printed without being made safe first.

mod attribute;
mod cluster;
mod html;
mod inner;
mod line;
mod markdown;
mod terminal;
#[cfg(test)]
mod tests;
mod value;
mod view;

pub use html::html;
pub use markdown::{MarkdownOptions, markdown};
pub use terminal::{RenderOptions, terminal};
pub use value::value_text;
pub use view::{PlanView, because};
