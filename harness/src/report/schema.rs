//! Holds JSON to a JSON Schema file of `docs/`, in tests.

use serde_json::Value;

/// What of a value is not as the schema, a JSON text, says.
pub(crate) fn mistakes(value: &Value, schema: &str) -> Vec<String> {
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let mut wrong = Vec::new();
    check(value, &schema, &schema, "", &mut wrong);
    wrong
}

/// What of JSON Schema the file uses; anything else in it fails the test.
fn check(value: &Value, rule: &Value, root: &Value, path: &str, wrong: &mut Vec<String>) {
    let Value::Object(keywords) = rule else {
        wrong.push(format!("{path}: the schema has no object here"));
        return;
    };
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = wanted.as_str().and_then(|target| target.strip_prefix('#'));
                let target = pointer.and_then(|pointer| root.pointer(pointer));
                let target = target.unwrap_or_else(|| panic!("{path}: no {wanted}"));
                check(value, target, root, path, wrong);
            }
            "type" => {
                let types = match wanted {
                    Value::Array(types) => types.clone(),
                    one => vec![one.clone()],
                };
                if !types.iter().any(|name| is_of_type(value, name)) {
                    wrong.push(format!("{path}: {value} is not {wanted}"));
                }
            }
            "const" if value != wanted => wrong.push(format!("{path}: {value} is not {wanted}")),
            "enum" if !wanted.as_array().is_some_and(|all| all.contains(value)) => {
                wrong.push(format!("{path}: {value} is not one of {wanted}"));
            }
            "const" | "enum" => {}
            "minimum" => {
                if value.is_number() && value.as_f64() < wanted.as_f64() {
                    wrong.push(format!("{path}: {value} is less than {wanted}"));
                }
            }
            "oneOf" => {
                let fitting = wanted.as_array().into_iter().flatten().filter(|one| {
                    let mut wrong = Vec::new();
                    check(value, one, root, path, &mut wrong);
                    wrong.is_empty()
                });
                if fitting.count() != 1 {
                    wrong.push(format!("{path}: {value} is not exactly one of {wanted}"));
                }
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, wanted, root, &format!("{path}/{at}"), wrong);
                }
            }
            "required" => {
                for name in wanted.as_array().into_iter().flatten() {
                    let name = name.as_str().unwrap_or_default();
                    if value.is_object() && value.get(name).is_none() {
                        wrong.push(format!("{path}: `{name}` is missing"));
                    }
                }
            }
            "properties" => {
                for (name, rule) in wanted.as_object().into_iter().flatten() {
                    if let Some(value) = value.get(name) {
                        check(value, rule, root, &format!("{path}/{name}"), wrong);
                    }
                }
            }
            "additionalProperties" => {
                let known = keywords.get("properties").and_then(Value::as_object);
                for (name, value) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(name)) {
                        continue;
                    }
                    match wanted {
                        Value::Bool(false) => wrong.push(format!("{path}: `{name}` is unknown")),
                        rule => check(value, rule, root, &format!("{path}/{name}"), wrong),
                    }
                }
            }
            other => wrong.push(format!("{path}: the checker does not know `{other}`")),
        }
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
