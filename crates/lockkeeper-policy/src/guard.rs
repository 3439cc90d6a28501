//! Functions of Rego that could make much out of little: they refuse to, before they start.

use regorus::unstable::{BUILTINS, Expr, Ref, Span};
use regorus::{Engine, Source, Value};

/// How many elements a function may make of its arguments.
const ELEMENTS: f64 = 1_000_000.0;
/// How many bytes of text a function may make of its arguments.
const BYTES: usize = 64 * 1024 * 1024;
/// How far a number may be shifted, and how wide one may be printed.
const WIDTH: f64 = 10_000.0;

/// Whether a call may go on; otherwise why not.
type Check = fn(&[Value]) -> Result<(), String>;

const GUARDED: [(&str, u8, Check); 9] = [
    ("numbers.range", 2, range),
    ("numbers.range_step", 3, range),
    ("net.cidr_expand", 1, addresses),
    ("bits.lsh", 2, shift),
    ("sprintf", 2, widths),
    ("replace", 3, replacement),
    ("regex.replace", 3, pattern_replacement),
    ("array.concat", 2, concatenation),
    ("concat", 2, joined),
];

/// Puts the guards before the functions.
pub(crate) fn install(engine: &mut Engine) -> Result<(), String> {
    for (name, arguments, check) in GUARDED {
        let Some((function, _)) = BUILTINS.get(name) else {
            continue;
        };
        let function = *function;
        let place =
            Source::from_contents(name.to_owned(), name.to_owned()).map_err(|error| error.to_string())?;
        let guarded = move |values: Vec<Value>| {
            if let Err(reason) = check(&values) {
                return Err(refusal(&reason));
            }
            let span = span(&place);
            let places: Vec<Ref<Expr>> = values.iter().map(|_| Ref::new(null(&place))).collect();
            // As everywhere in Rego, a function that fails has no value.
            Ok(function(&span, &places, &values, false).unwrap_or(Value::Undefined))
        };
        engine
            .add_extension(name.to_owned(), arguments, Box::new(guarded))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// An error of the interpreter's kind.
fn refusal<E: From<std::io::Error>>(reason: &str) -> E {
    std::io::Error::other(reason.to_owned()).into()
}

fn span(source: &Source) -> Span {
    Span {
        source: source.clone(),
        line: 1,
        col: 1,
        start: 0,
        end: 0,
    }
}

fn null(source: &Source) -> Expr {
    Expr::Null {
        span: span(source),
        value: Value::Null,
        eidx: 0,
    }
}

fn number(values: &[Value], at: usize) -> Option<f64> {
    values.get(at)?.as_f64().ok()
}

fn text(values: &[Value], at: usize) -> &str {
    values
        .get(at)
        .and_then(|value| value.as_string().ok())
        .map_or("", |text| text)
}

fn range(values: &[Value]) -> Result<(), String> {
    let (Some(first), Some(last)) = (number(values, 0), number(values, 1)) else {
        return Ok(());
    };
    let step = number(values, 2).map_or(1.0, |step| step.abs().max(1.0));
    if ((last - first) / step).abs() > ELEMENTS {
        return Err(format!("the range has more than {ELEMENTS} numbers"));
    }
    Ok(())
}

fn addresses(values: &[Value]) -> Result<(), String> {
    let block = text(values, 0);
    let Some((address, prefix)) = block.split_once('/') else {
        return Ok(());
    };
    let bits: u32 = if address.contains(':') { 128 } else { 32 };
    match prefix.parse::<u32>() {
        Ok(prefix) if bits.saturating_sub(prefix) > 16 => {
            Err(format!("`{block}` has more than 65536 addresses"))
        }
        _ => Ok(()),
    }
}

fn shift(values: &[Value]) -> Result<(), String> {
    match number(values, 1) {
        Some(by) if by > WIDTH => Err(format!("a number is shifted by more than {WIDTH} bits")),
        _ => Ok(()),
    }
}

/// A directive such as `%-20d` pads as far as it says.
fn widths(values: &[Value]) -> Result<(), String> {
    let flags = |character: char| !matches!(character, '0'..='9' | '.' | '-' | '+' | ' ' | '#');
    let is_wide = |number: &str| number.trim_start_matches('0').len() > 4;
    let directives = text(values, 0).split('%').skip(1);
    for directive in directives.filter_map(|directive| directive.split(flags).next()) {
        if directive
            .split(|character: char| !character.is_ascii_digit())
            .any(is_wide)
        {
            return Err(format!("a value is printed wider than {WIDTH} characters"));
        }
    }
    Ok(())
}

/// `replace(text, old, new)`.
fn replacement(values: &[Value]) -> Result<(), String> {
    let places = match text(values, 1) {
        "" => text(values, 0).chars().count() + 1,
        old => text(values, 0).matches(old).count(),
    };
    replaced(values, places)
}

/// `regex.replace(text, pattern, new)`: a pattern can match at every place.
fn pattern_replacement(values: &[Value]) -> Result<(), String> {
    replaced(values, text(values, 0).chars().count() + 1)
}

fn replaced(values: &[Value], places: usize) -> Result<(), String> {
    let made = places
        .saturating_mul(text(values, 2).len())
        .saturating_add(text(values, 0).len());
    if made > BYTES {
        return Err(format!("the replaced text could have more than {BYTES} bytes"));
    }
    Ok(())
}

fn concatenation(values: &[Value]) -> Result<(), String> {
    let lengths = values
        .iter()
        .filter_map(|value| value.as_array().ok())
        .map(|list| list.len());
    #[expect(
        clippy::cast_precision_loss,
        reason = "a length is compared with a round limit"
    )]
    if lengths.sum::<usize>() as f64 > ELEMENTS {
        return Err(format!("the list has more than {ELEMENTS} elements"));
    }
    Ok(())
}

fn joined(values: &[Value]) -> Result<(), String> {
    let between = text(values, 0).len();
    let length = |value: &Value| {
        value
            .as_string()
            .map_or(0, |text| text.len())
            .saturating_add(between)
    };
    let total: usize = match values.get(1) {
        Some(Value::Array(list)) => list.iter().map(length).sum(),
        Some(Value::Set(set)) => set.iter().map(length).sum(),
        _ => 0,
    };
    if total > BYTES {
        return Err(format!("the joined text has more than {BYTES} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Vec<Value> {
        Value::from_json_str(json)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .cloned()
            .collect()
    }

    #[test]
    fn what_would_explode_is_refused() {
        for (check, arguments) in [
            (range as Check, "[0, 100000000000000]"),
            (range, "[1e300, 0]"),
            (range, "[0, 10000000, 2]"),
            (addresses, "[\"10.0.0.0/8\"]"),
            (addresses, "[\"::/0\"]"),
            (shift, "[1, 10000000000]"),
            (widths, "[\"a %-99999d\", [1]]"),
            (widths, "[\"%.99999f\", [1]]"),
        ] {
            assert!(check(&values(arguments)).is_err(), "{arguments}");
        }
        let long = Value::from("a".repeat(100_000));
        assert!(replacement(&[long.clone(), Value::from("a"), long.clone()]).is_err());
        assert!(pattern_replacement(&[long.clone(), Value::from("b"), long.clone()]).is_err());
        assert!(joined(&[Value::from(""), Value::from(vec![long; 1_000])]).is_err());
    }

    #[test]
    fn what_is_usual_is_not() {
        for (check, arguments) in [
            (range as Check, "[1, 1000]"),
            (range, "[\"x\", null]"),
            (range, "[0, 10000000, 100]"),
            (addresses, "[\"10.0.0.0/24\"]"),
            (addresses, "[\"nonsense\"]"),
            (shift, "[1, 64]"),
            (widths, "[\"100000%% of %d, %5.2f\", [1, 2]]"),
            (replacement, "[\"a-b\", \"-\", \"_\"]"),
            (joined, "[\", \", [\"a\", \"b\"]]"),
            (concatenation, "[[1], [2]]"),
        ] {
            assert!(check(&values(arguments)).is_ok(), "{arguments}");
        }
    }
}
