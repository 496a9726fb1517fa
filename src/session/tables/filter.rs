//! Subscription filters, as far as the client needs them: to drop an event if no subscription can
//! want it.
//!
//! The server decides what matches. But it may still send events for a subscription that has ended,
//! and then the remaining filters decide here. A condition that this file does not understand lets
//! the event through.

use serde_json::Value;

use crate::protocol::event::member;

/// The conditions of one filter that can be proven not to hold.
#[derive(Debug, Default, PartialEq)]
pub(in crate::session) struct Filter {
    /// Key (literal, or a dotted path) and the scalars it may equal.
    conditions: Vec<(String, Vec<Value>)>,
}

impl Filter {
    /// Reads a filter: `{ key: scalar }`, `{ key: { eq: scalar } }`, `{ key: { in: [scalars] } }`.
    pub(in crate::session) fn parse(text: &str) -> Self {
        let Ok(Value::Object(keys)) = serde_json::from_str(text) else { return Self::default() };
        let conditions = keys.into_iter().filter_map(|(key, condition)| Some((key, accepted(condition)?))).collect();
        Self { conditions }
    }

    /// Whether the payload, a JSON object, cannot match: a key exists, its value is a scalar, and
    /// the filter does not accept that value.
    pub(in crate::session) fn excludes(&self, payload: &str) -> bool {
        self.conditions.iter().any(|(key, accepted)| {
            let found = lookup(payload, key).and_then(|raw| serde_json::from_str::<Value>(raw).ok());
            found.is_some_and(|found| is_scalar(&found) && !accepted.iter().any(|value| equal(value, &found)))
        })
    }
}

/// The scalars that a condition accepts; `None` for an unknown form.
fn accepted(condition: Value) -> Option<Vec<Value>> {
    let Value::Object(mut operators) = condition else { return is_scalar(&condition).then(|| vec![condition]) };
    if operators.len() != 1 {
        return None;
    }
    let values = match (operators.remove("eq"), operators.remove("in")) {
        (Some(value), None) => vec![value],
        (None, Some(Value::Array(values))) => values,
        _ => return None,
    };
    values.iter().all(is_scalar).then_some(values)
}

fn lookup<'a>(payload: &'a str, key: &str) -> Option<&'a str> {
    member(payload, key).or_else(|| key.split('.').try_fold(payload, member))
}

const fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq() || left == 0.0 && right == 0.0,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_only_with_proof() {
        for (filter, payload, excluded) in [
            (r#"{"campusId":12}"#, r#"{"campusId":12}"#, false),
            (r#"{"campusId":12}"#, r#"{"campusId":12.0}"#, false),
            (r#"{"campusId":12}"#, r#"{"campusId":13}"#, true),
            (r#"{"campusId":12}"#, r#"{"campusId":"12"}"#, true),
            (r#"{"campusId":12}"#, r#"{"campusId":[12]}"#, false),
            (r#"{"campusId":12}"#, r#"{"other":1}"#, false),
            (r#"{"campusId":{"eq":12}}"#, r#"{"campusId":13}"#, true),
            (r#"{"status":{"in":["active","ended"]}}"#, r#"{"status":"ended"}"#, false),
            (r#"{"status":{"in":["active","ended"]}}"#, r#"{"status":"lost"}"#, true),
            (r#"{"status":{"in":[]}}"#, r#"{"status":"lost"}"#, true),
            (r#"{"n":{"gt":3}}"#, r#"{"n":1}"#, false),
            (r#"{"n":{"eq":1,"gt":3}}"#, r#"{"n":2}"#, false),
            (r#"{"a.b":1}"#, r#"{"a.b":1,"a":{"b":2}}"#, false),
            (r#"{"a.b":1}"#, r#"{"a":{"b":2}}"#, true),
            (r#"{"a":null}"#, r#"{"a":null}"#, false),
            (r#"{"a":null}"#, r#"{"a":false}"#, true),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#, true),
            (r#"{"a":0}"#, r#"{"a":-0.0}"#, false),
            ("not json", r#"{"a":1}"#, false),
        ] {
            assert_eq!(Filter::parse(filter).excludes(payload), excluded, "{filter} on {payload}");
        }
    }
}
