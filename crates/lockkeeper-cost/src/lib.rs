//! What a plan adds to and takes from the monthly bill, and whether a budget bears it.
//!
//! Pure: effects and a price book come in, amounts come out, exact to the millionth of a unit and without
//! floating point. What cannot be priced is listed, and never counted as zero. Every figure is an
//! estimate from list prices: `docs/cost.md` says what is counted and what is not.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use lockkeeper_cost::{EstimateOptions, PriceBook, estimate};
//!
//! let book = PriceBook::embedded()?;
//! let estimate = estimate(&[], book, &EstimateOptions::default());
//! assert_eq!(estimate.delta().to_string(), "+0.00 USD / month");
//! # Ok(())
//! # }
//! ```

mod book;
mod budget;
mod context;
mod decimal;
mod estimate;
mod infracost;
mod money;
mod rates;

pub use book::{BookError, PriceBook, Source};
pub use budget::{BudgetOutcome, budget_check};
pub use context::PlanContext;
pub use decimal::Decimal;
pub use estimate::{
    Component, CostEstimate, EstimateOptions, FreeResource, ResourceCost, Scope, UnpricedResource, estimate,
};
pub use infracost::{CostError, read_infracost};
pub use money::{Amount, Currency, InvalidCurrency, Money, MonthlyChange};
pub use rates::{ConversionError, Rate, Rates};
