//! How an image came to be: the steps that its config tells of, with the layers that some of them made.

use std::collections::HashMap;

use super::Image;
use super::resolve::Named;
use crate::error::Result;
use crate::oci::Digest;
use crate::oci::image::{History, ImageConfig};
use crate::store::{ImageRecord, Store};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The image that was finished with this step, where it is in the store.
    pub image: Option<Digest>,
    pub names: Vec<String>,
    /// RFC 3339, as the config says.
    pub created: Option<String>,
    pub created_by: String,
    pub comment: String,
    /// Bytes of the layer; 0 where the step made none.
    pub size_bytes: u64,
}

/// Last step first.
pub fn history(store: &Store, named: Named) -> Result<Vec<Step>> {
    let Image { record, config, .. } = Image::read(store, named)?;
    let mut steps = Vec::new();
    let mut layer_count = 0;
    let told = steps_of(&config);
    let bases = bases(store, &record, &told)?;
    for (number, step) in told.iter().enumerate() {
        let mut size_bytes = 0;
        if !step.empty_layer && layer_count < record.diff_ids.len() {
            size_bytes = store.layer_size(&record.diff_ids[layer_count])?;
            layer_count += 1;
        }
        let image = bases.get(&(number + 1)).cloned();
        steps.push(Step {
            names: image.as_ref().map(|id| store.names_of(id)).transpose()?.unwrap_or_default(),
            image,
            created: step.created.clone(),
            created_by: step.created_by.clone().unwrap_or_default(),
            comment: step.comment.clone().unwrap_or_default(),
            size_bytes,
        });
    }
    steps.reverse();
    Ok(steps)
}

/// What the config tells; a layer that it says nothing of is a step too.
fn steps_of(config: &ImageConfig) -> Vec<History> {
    let mut steps = config.history.clone();
    let told = steps.iter().filter(|step| !step.empty_layer).count();
    let untold = config.rootfs.diff_ids.len().saturating_sub(told);
    steps.extend((0..untold).map(|_| History { created: config.created.clone(), ..History::default() }));
    steps
}

/// Images of the store whose steps are the first ones of these, by how many; the image itself has them all.
fn bases(store: &Store, record: &ImageRecord, steps: &[History]) -> Result<HashMap<usize, Digest>> {
    let mut bases = HashMap::from([(steps.len(), record.id.clone())]);
    for other in store.images()? {
        if other.id == record.id || !record.diff_ids.starts_with(&other.diff_ids) {
            continue;
        }
        // One whose config cannot be read, or that goes at this moment, is only not named.
        let Ok(Some(bytes)) = store.find_blob(&other.id) else { continue };
        let Ok(config) = serde_json::from_slice::<ImageConfig>(&bytes) else { continue };
        let others = steps_of(&config);
        let same =
            |(one, other): (&History, &History)| one.created_by == other.created_by && one.created == other.created;
        if others.len() < steps.len() && others.iter().zip(steps).all(same) {
            bases.insert(others.len(), other.id);
        }
    }
    Ok(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_without_a_word_are_steps_too() {
        let digest = Digest::sha256_of(b"x");
        let text = format!(
            r#"{{"created":"2024-01-01T00:00:00Z","rootfs":{{"diff_ids":["{digest}","{digest}"]}},
                "history":[{{"created_by":"ADD"}},{{"created_by":"ENV","empty_layer":true}}]}}"#
        );
        let steps = steps_of(&serde_json::from_str(&text).unwrap());
        let told: Vec<_> = steps.iter().map(|step| (step.created_by.as_deref(), step.empty_layer)).collect();
        assert_eq!(told, [(Some("ADD"), false), (Some("ENV"), true), (None, false)]);
        assert_eq!(steps[2].created.as_deref(), Some("2024-01-01T00:00:00Z"));
    }
}
