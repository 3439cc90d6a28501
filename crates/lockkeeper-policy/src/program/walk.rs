//! Goes through every expression of a rule.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Rule, RuleHead};

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Where it is worked out.
    Value,
    /// After `with ... as`, where a function may be named without a call.
    Stead,
}

/// Shows every expression of a rule, the outer before the inner.
pub(super) fn rule(rule: &Rule, show: &mut impl FnMut(&Expr, Place)) {
    match rule {
        Rule::Default { value, .. } => expression(value, show),
        Rule::Spec { head, bodies, .. } => {
            walk_head(head, show);
            for body in bodies {
                body.assign
                    .iter()
                    .for_each(|assign| expression(&assign.value, show));
                query(&body.query, show);
            }
        }
    }
}

fn walk_head(head: &RuleHead, show: &mut impl FnMut(&Expr, Place)) {
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
            args.iter().for_each(|argument| expression(argument, show));
            assign.iter().for_each(|assign| expression(&assign.value, show));
        }
    }
}

/// The head of a rule is no reference to it, but what stands in its brackets is one.
fn index(head: &Expr, show: &mut impl FnMut(&Expr, Place)) {
    match head {
        Expr::RefBrack { refr, index: key, .. } => {
            index(refr, show);
            expression(key, show);
        }
        Expr::RefDot { refr, .. } => index(refr, show),
        _ => {}
    }
}

fn query(query: &Query, show: &mut impl FnMut(&Expr, Place)) {
    query
        .stmts
        .iter()
        .for_each(|statement| walk_statement(statement, show));
}

fn walk_statement(statement: &LiteralStmt, show: &mut impl FnMut(&Expr, Place)) {
    match &statement.literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => {
            key.iter().for_each(|key| expression(key, show));
            expression(value, show);
            expression(collection, show);
        }
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => expression(expr, show),
        Literal::Every {
            domain, query: body, ..
        } => {
            expression(domain, show);
            query(body, show);
        }
    }
    for with in &statement.with_mods {
        show(&with.r#as, Place::Stead);
        expression(&with.r#as, show);
    }
}

fn expression(shown: &Expr, show: &mut impl FnMut(&Expr, Place)) {
    show(shown, Place::Value);
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
        Expr::ArrayCompr {
            term, query: body, ..
        }
        | Expr::SetCompr {
            term, query: body, ..
        } => {
            expression(term, show);
            query(body, show);
        }
        Expr::ObjectCompr {
            key,
            value,
            query: body,
            ..
        } => {
            expression(key, show);
            expression(value, show);
            query(body, show);
        }
        Expr::Call { params, .. } => params.iter().for_each(|parameter| expression(parameter, show)),
        Expr::UnaryExpr { expr, .. } => expression(expr, show),
        Expr::RefDot { refr, .. } => below(refr, show),
        Expr::RefBrack { refr, index, .. } => {
            below(refr, show);
            expression(index, show);
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
fn below(reference: &Expr, show: &mut impl FnMut(&Expr, Place)) {
    match reference {
        Expr::Var { .. } => {}
        Expr::RefDot { refr, .. } => below(refr, show),
        Expr::RefBrack { refr, index, .. } => {
            below(refr, show);
            expression(index, show);
        }
        other => expression(other, show),
    }
}
