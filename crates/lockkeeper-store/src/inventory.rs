//! What stands in a state, as it is kept: a list in JSON, compressed while it grows, so that little of a long one is in
//! memory.

use std::borrow::Cow;
use std::io::{self, BufReader, Read, Write};

use lockkeeper_domain::state_content::StateResource;
use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use crate::compression::{self, LEVEL};

/// Text up to this size, in bytes, is compressed only when it is kept: most is what was kept before.
const PLAIN: usize = 1 << 20;
/// What an inventory may unpack to, in bytes.
const MAX_UNPACKED: u64 = 256 << 20;

/// What stands in a state.
#[derive(Debug)]
pub struct Inventory {
    text: Text,
    digest: blake3::Hash,
    resources: i64,
}

#[derive(Debug)]
enum Text {
    Plain(Vec<u8>),
    Packed(Vec<u8>),
}

impl Inventory {
    /// How many resources there are.
    pub fn resources(&self) -> i64 {
        self.resources
    }

    /// The digest of the text. It must not leave the server: anybody could guess what stands there and compare.
    pub(crate) fn digest(&self) -> &blake3::Hash {
        &self.digest
    }

    /// The text, compressed.
    pub(crate) fn packed(&self) -> io::Result<Cow<'_, [u8]>> {
        match &self.text {
            Text::Plain(text) => compression::compress(text).map(Cow::Owned),
            Text::Packed(packed) => Ok(Cow::Borrowed(packed)),
        }
    }

    /// Reads it again, one resource after the other.
    pub(crate) fn each(&self, each: impl FnMut(StateResource)) -> io::Result<()> {
        match &self.text {
            Text::Plain(text) => read(text.as_slice(), each),
            Text::Packed(packed) => unpack(packed, each),
        }
    }
}

/// Reads a compressed inventory, one resource after the other.
pub(crate) fn unpack(packed: &[u8], each: impl FnMut(StateResource)) -> io::Result<()> {
    read(BufReader::new(Decoder::new(packed)?.take(MAX_UNPACKED)), each)
}

fn read(text: impl Read, each: impl FnMut(StateResource)) -> io::Result<()> {
    let mut reader = serde_json::Deserializer::from_reader(text);
    reader.deserialize_seq(Each(each))?;
    Ok(reader.end()?)
}

struct Each<F>(F);

impl<'de, F: FnMut(StateResource)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("resources")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut resources: A) -> Result<(), A::Error> {
        while let Some(resource) = resources.next_element()? {
            (self.0)(resource);
        }
        Ok(())
    }
}

/// Takes up what stands in a state.
pub struct InventoryWriter {
    /// What is not compressed yet.
    text: Vec<u8>,
    packer: Option<Encoder<'static, Vec<u8>>>,
    digest: blake3::Hasher,
    resources: i64,
    failed: Option<io::Error>,
}

impl Default for InventoryWriter {
    fn default() -> Self {
        Self {
            text: vec![b'['],
            packer: None,
            digest: blake3::Hasher::new(),
            resources: 0,
            failed: None,
        }
    }
}

impl InventoryWriter {
    /// Adds a resource.
    pub fn add(&mut self, resource: &StateResource) {
        if self.failed.is_none() {
            self.failed = self.append(resource).err();
        }
    }

    fn append(&mut self, resource: &StateResource) -> io::Result<()> {
        if self.resources > 0 {
            self.text.push(b',');
        }
        self.resources += 1;
        serde_json::to_writer(&mut self.text, resource)?;
        if self.text.len() > PLAIN {
            self.pack()?;
        }
        Ok(())
    }

    fn pack(&mut self) -> io::Result<()> {
        self.digest.update(&self.text);
        let packer = match &mut self.packer {
            Some(packer) => packer,
            none => none.insert(Encoder::new(Vec::new(), LEVEL)?),
        };
        packer.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    /// All of it.
    ///
    /// # Errors
    /// When there is no memory to compress it.
    pub fn finish(mut self) -> io::Result<Inventory> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        self.text.push(b']');
        if self.packer.is_some() {
            self.pack()?;
        }
        let text = match self.packer {
            None => {
                self.digest.update(&self.text);
                Text::Plain(self.text)
            }
            Some(packer) => Text::Packed(packer.finish()?),
        };
        Ok(Inventory {
            text,
            digest: self.digest.finalize(),
            resources: self.resources,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(count: usize) -> Vec<StateResource> {
        let resource = |number: usize| StateResource {
            address: format!("terraform_data.one[\"é{number}\"]"),
            kind: "terraform_data".to_owned(),
            id: Some(number.to_string()),
            name: None,
        };
        (0..count).map(resource).collect()
    }

    fn written(resources: &[StateResource]) -> Inventory {
        let mut writer = InventoryWriter::default();
        resources.iter().for_each(|resource| writer.add(resource));
        writer.finish().unwrap()
    }

    #[test]
    fn short_and_long_ones_come_back() {
        for count in [0, 1, 100, 50_000] {
            let resources = resources(count);
            let inventory = written(&resources);
            assert_eq!(usize::try_from(inventory.resources()).unwrap(), count);
            assert_eq!(matches!(inventory.text, Text::Packed(_)), count == 50_000);
            let text = serde_json::to_vec(&resources).unwrap();
            assert_eq!(*inventory.digest(), blake3::hash(&text), "{count}");
            let mut again: Vec<StateResource> = Vec::new();
            let mut unpacked: Vec<StateResource> = Vec::new();
            inventory.each(|resource| again.push(resource)).unwrap();
            unpack(&inventory.packed().unwrap(), |resource| unpacked.push(resource)).unwrap();
            assert!(again == resources && unpacked == resources, "{count}");
        }
    }

    #[test]
    fn what_is_damaged_is_not_read() {
        let inventory = written(&resources(100));
        let packed = inventory.packed().unwrap();
        assert!(unpack(&packed[..packed.len() - 5], |_| ()).is_err());
        assert!(unpack(b"nothing of the kind", |_| ()).is_err());
        assert!(unpack(&compression::compress(b"[] []").unwrap(), |_| ()).is_err());
    }
}
