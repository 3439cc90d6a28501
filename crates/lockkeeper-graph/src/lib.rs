//! Draws what depends on what in a stack: the text of `terraform graph` in, SVG out.
//!
//! No Graphviz is needed. Terraform 1.7 and newer list resources; older versions and OpenTofu list
//! every vertex of their internal graph, of which the resources are kept here, joined where a variable,
//! a local value or an output joined them. Time goes from left to right: what is made first stands left.

mod address;
mod dot;
mod layout;
mod resources;
mod svg;

pub use dot::DotError;

/// Draws the graph that `terraform graph` printed. `title` stands above it.
///
/// # Errors
/// [`DotError`] when the text is not what `terraform graph` prints.
pub fn draw(dot: &str, title: &str) -> Result<String, DotError> {
    let resources = resources::of(&dot::parse(dot)?);
    let layout = layout::lay_out(&resources);
    Ok(svg::render(&resources, &layout, title))
}

#[cfg(test)]
mod tests;
