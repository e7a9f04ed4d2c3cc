//! From Rust to values.

use serde::Serialize;
use serde::ser::{self, Serializer};

use crate::experiment::parameters::value::refusal::Refusal;
use crate::experiment::parameters::value::value::Value;

impl Value {
    /// Returns what serde sees of a value.
    pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Value, Refusal> {
        value.serialize(Writer)
    }
}

struct Writer;

macro_rules! whole {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<Value, Refusal> {
            Ok(Value::Whole { value: value.into(), least: <$type>::MIN.into(), most: <$type>::MAX.into() })
        }
    )*};
}

impl Serializer for Writer {
    type Ok = Value;
    type Error = Refusal;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Named;
    type SerializeStructVariant = Named;

    whole!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_u128(self, value: u128) -> Result<Value, Refusal> {
        let value = i128::try_from(value).map_err(|_| {
            Refusal::new(format!("{value} is too large: at most 2^127 - 1 can be kept"))
        })?;
        Ok(Value::Whole { value, least: 0, most: i128::MAX })
    }

    fn serialize_bool(self, value: bool) -> Result<Value, Refusal> {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Refusal> {
        Ok(Value::Number { value: value.into(), single: true })
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Refusal> {
        Ok(Value::number(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, Refusal> {
        Ok(Value::Char(value))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Refusal> {
        Ok(Value::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Refusal> {
        Ok(Value::Bytes(value.to_owned()))
    }

    fn serialize_none(self) -> Result<Value, Refusal> {
        Ok(Value::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Refusal> {
        Ok(Value::Some(Box::new(Value::of(value)?)))
    }

    fn serialize_unit(self) -> Result<Value, Refusal> {
        Ok(Value::Unit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Refusal> {
        Ok(Value::Unit)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Value, Refusal> {
        Ok(Value::unit_variant(name))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Refusal> {
        Value::of(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Refusal> {
        let content = Value::of(value).map_err(|refusal| refusal.within(name))?;
        Ok(Value::Variant { name: name.to_owned(), content: Box::new(content) })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Refusal> {
        Ok(Items { variant: None, items: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Refusal> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Refusal> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items, Refusal> {
        Ok(Items { variant: Some(name), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Refusal> {
        Ok(Entries { key: None, entries: Vec::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Named, Refusal> {
        Ok(Named { variant: None, fields: Vec::new() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Named, Refusal> {
        Ok(Named { variant: Some(name), fields: Vec::new() })
    }
}

fn in_variant(variant: Option<&str>, content: Value) -> Value {
    match variant {
        Some(name) => Value::Variant { name: name.to_owned(), content: Box::new(content) },
        None => content,
    }
}

/// A list, a tuple, the content of a variant.
struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let item =
            Value::of(value).map_err(|refusal| refusal.within(&self.items.len().to_string()))?;
        self.items.push(item);
        Ok(())
    }

    fn done(self) -> Value {
        in_variant(self.variant, Value::List(self.items))
    }
}

macro_rules! items {
    ($($trait:ident $method:ident),*) => {$(
        impl ser::$trait for Items {
            type Ok = Value;
            type Error = Refusal;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.push(value)
            }

            fn end(self) -> Result<Value, Refusal> {
                Ok(self.done())
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

struct Entries {
    key: Option<Value>,
    entries: Vec<(Value, Value)>,
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.key = Some(Value::of(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let key =
            self.key.take().ok_or_else(|| Refusal::new("a map gives a value without a key"))?;
        self.entries.push((key, Value::of(value)?));
        Ok(())
    }

    fn end(self) -> Result<Value, Refusal> {
        Ok(Value::Map(self.entries))
    }
}

/// A struct, the content of a variant with names.
struct Named {
    variant: Option<&'static str>,
    fields: Vec<(String, Value)>,
}

impl Named {
    fn push<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        let value = Value::of(value).map_err(|refusal| refusal.within(name))?;
        self.fields.push((name.to_owned(), value));
        Ok(())
    }
}

macro_rules! named {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Named {
            type Ok = Value;
            type Error = Refusal;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refusal> {
                self.push(name, value)
            }

            fn end(self) -> Result<Value, Refusal> {
                Ok(in_variant(self.variant, Value::Fields(self.fields)))
            }
        }
    )*};
}

named!(SerializeStruct, SerializeStructVariant);
