//! Goes through every expression of a rule.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Rule, RuleHead};

/// Something in a rule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shown<'a> {
    /// An expression that is worked out.
    Value(&'a Expr),
    /// What stands after `with ... as`, where a function may be named without a call.
    Stead(&'a Expr),
    /// A pattern that gives values to the variables in it: an argument, `some x in`.
    Pattern(&'a Expr),
    /// A variable that is given a value by `every x in`.
    Name(&'a str),
}

/// Shows everything in a rule, the outer before the inner.
pub(super) fn rule(rule: &Rule, show: &mut impl FnMut(Shown<'_>)) {
    match rule {
        Rule::Default { args, value, .. } => {
            args.iter().for_each(|argument| show(Shown::Pattern(argument)));
            expression(value, show);
        }
        Rule::Spec { head, bodies, .. } => {
            walk_head(head, show);
            for body in bodies {
                body.assign
                    .iter()
                    .for_each(|assign| expression(&assign.value, show));
                walk_query(&body.query, show);
            }
        }
    }
}

fn walk_head(head: &RuleHead, show: &mut impl FnMut(Shown<'_>)) {
    match head {
        RuleHead::Compr { refr, assign, .. } => {
            index(refr, show);
            assign.iter().for_each(|assign| expression(&assign.value, show));
        }
        RuleHead::Set { refr, key, .. } => {
            index(refr, show);
            key.iter().for_each(|key| expression(key, show));
        }
        RuleHead::Func { args, assign, .. } => {
            args.iter().for_each(|argument| pattern(argument, show));
            assign.iter().for_each(|assign| expression(&assign.value, show));
        }
    }
}

/// The head of a rule is no reference to it, but what stands in its brackets is one.
fn index(head: &Expr, show: &mut impl FnMut(Shown<'_>)) {
    match head {
        Expr::RefBrack { refr, index: key, .. } => {
            index(refr, show);
            expression(key, show);
        }
        Expr::RefDot { refr, .. } => index(refr, show),
        _ => {}
    }
}

fn walk_query(query: &Query, show: &mut impl FnMut(Shown<'_>)) {
    query
        .stmts
        .iter()
        .for_each(|statement| walk_statement(statement, show));
}

fn walk_statement(statement: &LiteralStmt, show: &mut impl FnMut(Shown<'_>)) {
    match &statement.literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => {
            key.iter().for_each(|key| pattern(key, show));
            pattern(value, show);
            expression(collection, show);
        }
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => expression(expr, show),
        Literal::Every {
            key,
            value,
            domain,
            query,
            ..
        } => {
            expression(domain, show);
            key.iter().for_each(|key| show(Shown::Name(key.text())));
            show(Shown::Name(value.text()));
            walk_query(query, show);
        }
    }
    for with in &statement.with_mods {
        show(Shown::Stead(&with.r#as));
        expression(&with.r#as, show);
    }
}

fn pattern(shown: &Expr, show: &mut impl FnMut(Shown<'_>)) {
    show(Shown::Pattern(shown));
    expression(shown, show);
}

fn expression(shown: &Expr, show: &mut impl FnMut(Shown<'_>)) {
    show(Shown::Value(shown));
    match shown {
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().for_each(|item| expression(item, show))
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expression(key, show);
                expression(value, show);
            }
        }
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            expression(term, show);
            walk_query(query, show);
        }
        Expr::ObjectCompr {
            key, value, query, ..
        } => {
            expression(key, show);
            expression(value, show);
            walk_query(query, show);
        }
        Expr::Call { params, .. } => params.iter().for_each(|parameter| expression(parameter, show)),
        Expr::UnaryExpr { expr, .. } => expression(expr, show),
        Expr::RefDot { refr, .. } => below(refr, show),
        Expr::RefBrack { refr, index, .. } => {
            below(refr, show);
            pattern(index, show);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            expression(lhs, show);
            expression(rhs, show);
        }
        Expr::Membership {
            key,
            value,
            collection,
            ..
        } => {
            key.iter().for_each(|key| expression(key, show));
            expression(value, show);
            expression(collection, show);
        }
        _ => {}
    }
}

/// The inner parts of a reference: `a.b` of `a.b.c` is no reference of its own.
fn below(reference: &Expr, show: &mut impl FnMut(Shown<'_>)) {
    match reference {
        Expr::Var { .. } => {}
        Expr::RefDot { refr, .. } => below(refr, show),
        Expr::RefBrack { refr, index, .. } => {
            below(refr, show);
            pattern(index, show);
        }
        other => expression(other, show),
    }
}
