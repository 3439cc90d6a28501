//! Plans for people: in a terminal, in a pull request, on a page. All of it is made from effects, so
//! that it holds for every engine, and nothing from a plan is printed without being made safe first.

mod value;

pub use value::value_text;
