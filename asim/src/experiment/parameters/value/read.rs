//! From values to Rust.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::experiment::parameters::value::refusal::Refusal;
use crate::experiment::parameters::value::value::{Value, key_of};

impl Value {
    /// Returns the value of Rust that this is.
    pub(crate) fn to<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(Reader(self))
    }
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Value);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::Unit => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Whole { value, .. } => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            #[allow(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
            Value::Number { value, single: true } => visitor.visit_f32(*value as f32),
            Value::Number { value, .. } => visitor.visit_f64(*value),
            Value::Char(letter) => visitor.visit_char(*letter),
            Value::Text(text) => visitor.visit_str(text),
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            Value::None => visitor.visit_none(),
            Value::Some(inside) => visitor.visit_some(Reader(inside)),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter(), place: 0 }),
            Value::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| (Key::Value(key), value)).collect();
                visitor.visit_map(Entries { entries: entries.into_iter(), value: None })
            }
            Value::Fields(fields) => {
                let entries: Vec<_> =
                    fields.iter().map(|(name, value)| (Key::Name(name), value)).collect();
                visitor.visit_map(Entries { entries: entries.into_iter(), value: None })
            }
            Value::Variant { name, content } => match &**content {
                Value::Unit => visitor.visit_str(name),
                content => {
                    let entries = vec![(Key::Name(name), content)];
                    visitor.visit_map(Entries { entries: entries.into_iter(), value: None })
                }
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.0 {
            Value::None => visitor.visit_none(),
            Value::Some(inside) => visitor.visit_some(Reader(inside)),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let (variant, content) = match self.0 {
            Value::Text(text) => (text.as_str(), &Value::Unit),
            Value::Variant { name, content } => (name.as_str(), &**content),
            Value::Some(inside) => return Reader(inside).deserialize_enum(name, variants, visitor),
            Value::Fields(fields) if fields.len() == 1 => (fields[0].0.as_str(), &fields[0].1),
            Value::Map(entries) if entries.len() == 1 => match &entries[0] {
                (Value::Text(variant), content) => (variant.as_str(), content),
                _ => return self.deserialize_any(visitor),
            },
            _ => return Err(no_variant(self.0, variants)),
        };
        visitor.visit_enum(Variant { name: variant, content })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn no_variant(value: &Value, variants: &'static [&'static str]) -> Refusal {
    <Refusal as de::Error>::unknown_variant(&value.shown(), variants)
}

struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    place: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let place = self.place.to_string();
        self.place += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|refusal| refusal.within(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Name(&'a str),
    Value(&'a Value),
}

struct Entries<'a> {
    entries: std::vec::IntoIter<(Key<'a>, &'a Value)>,
    value: Option<(Key<'a>, &'a Value)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        self.value = self.entries.next();
        match self.value {
            None => Ok(None),
            Some((Key::Name(name), _)) => {
                let name: StrDeserializer<'_, Refusal> = name.into_deserializer();
                seed.deserialize(name).map(Some)
            }
            Some((Key::Value(key), _)) => seed.deserialize(Reader(key)).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (key, value) = self.value.take().expect("serde asks for the key first");
        seed.deserialize(Reader(value)).map_err(|refusal| match key {
            Key::Name(name) => refusal.within(name),
            Key::Value(key) => refusal.within(&key_of(key)),
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

struct Variant<'a> {
    name: &'a str,
    content: &'a Value,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Refusal;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'a>), Refusal> {
        let name: StrDeserializer<'_, Refusal> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content { variant: self.name, content: self.content }))
    }
}

struct Content<'a> {
    variant: &'a str,
    content: &'a Value,
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        match self.content {
            Value::Unit => Ok(()),
            _ => Err(Refusal::new(format!("`{}` has nothing inside of it", self.variant))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        seed.deserialize(Reader(self.content)).map_err(|refusal| refusal.within(self.variant))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        Reader(self.content)
            .deserialize_any(visitor)
            .map_err(|refusal| refusal.within(self.variant))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        Reader(self.content)
            .deserialize_any(visitor)
            .map_err(|refusal| refusal.within(self.variant))
    }
}
