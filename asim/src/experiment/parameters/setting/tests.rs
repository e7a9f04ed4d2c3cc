use super::*;

fn values(text: &str) -> Vec<String> {
    let setting = Setting::read(text).unwrap_or_else(|error| panic!("{error}"));
    let texts = |given: &Given| match given {
        Given::Range { numbers, .. } => numbers.clone(),
        other => vec![other.to_string()],
    };
    setting.values.iter().flat_map(texts).collect()
}

fn refusal(text: &str) -> String {
    Setting::read(text).unwrap_err().to_string()
}

#[test]
fn a_setting_is_one_value_or_several() {
    assert_eq!(values("clerks=4"), ["4"]);
    assert_eq!(Setting::read(" ward.beds = 4 ").unwrap().name, "ward.beds");
    assert_eq!(values("clerks=1..5"), ["1", "2", "3", "4", "5"]);
    assert_eq!(values("clerks=1..=5"), values("clerks=1..5"));
    assert_eq!(values("clerks=1..9:4"), ["1", "5", "9"]);
    assert_eq!(values("clerks=5..1:-2"), ["5", "3", "1"]);
    assert_eq!(values("service=0.5..1.0:0.1"), ["0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
    assert_eq!(values("clerks=1..3,5, 8..9"), ["1", "2", "3", "5", "8", "9"]);
    assert_eq!(values("rule=fifo,lifo,random"), ["fifo", "lifo", "random"]);
    assert_eq!(values("name=\"a, b\",c"), ["\"a, b\"", "c"]);
    assert_eq!(values("times=[1, 2],[3, 4]"), ["[1, 2]", "[3, 4]"]);
    assert_eq!(values("name="), [""]);
    assert_eq!(values("file=../a=b"), ["../a=b"]);
    assert_eq!(values("name=don't, can't"), ["don't", "can't"]);
}

#[test]
fn what_is_no_setting_is_refused_with_words() {
    assert_eq!(
        refusal("clerks"),
        "`clerks` is no setting: write the name of a parameter, `=`, and its value or values"
    );
    assert_eq!(refusal("=4"), "`=4` is no setting: there is no name before the `=`");
    assert_eq!(
        refusal("service=0.5..1.0"),
        "`service=0.5..1.0` is no setting: `0.5..1.0` has decimals, so it needs a step, as in `0.5..1:0.1`"
    );
    assert_eq!(
        refusal("clerks=5..1"),
        "`clerks=5..1` is no setting: steps of 1 do not lead from 5 to 1; for falling values, write a step of -1"
    );
    assert_eq!(refusal("n=1..5:0"), "`n=1..5:0` is no setting: the step of `1..5:0` is 0");
    assert_eq!(refusal("n=1..5:x"), "`n=1..5:x` is no setting: the step `x` is no number");
    assert_eq!(
        refusal("n=1..1e9"),
        "`n=1..1e9` is no setting: `1..1e9` is more than 1000000 values"
    );
    assert_eq!(
        refusal("n=1,,2"),
        "`n=1,,2` is no setting: there is nothing between two commas; an empty text is written as \"\""
    );
    assert_eq!(
        Setting::of("n", [0; 0]).unwrap_err().to_string(),
        "`n` is no setting: a sweep needs at least one value"
    );
}
