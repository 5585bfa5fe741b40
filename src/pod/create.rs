//! Create: a pod is on disk when its holder is, and one caller wins a name.

use super::Pod;
use crate::container::create::create as create_container;
use crate::error::{During, Error, Result};
use crate::oci::runtime::NamespaceKind;
use crate::settings::{CgroupMode, ImageSource, LogDriver, NetworkMode, PodSettings, RootEmulation, Settings};
use crate::store::Store;
use crate::store::events::Action;

/// What stands as the holder's command in listings.
const COMMAND: &str = "box-pod";

/// Seconds; it ends at once unless the machine is very busy.
const STOP_TIMEOUT: u32 = 10;

/// Makes a pod. `settings` are those of its holder: labels, network, ports, names and mounts are the pod's.
pub fn create(store: &Store, pod: PodSettings, settings: Settings) -> Result<Pod> {
    let act = || match pod.name.as_str() {
        "" => "create a pod".to_owned(),
        name => format!("create pod `{name}`"),
    };
    if settings.userns.leaves_user_out() {
        return Err(Error::usage("--userns auto and nomap leave you out, and cannot be shared by several containers"))
            .during(act);
    }
    if pod.is_bare && !(pod.shared.is_empty() && settings.ports.is_empty() && settings.network == NetworkMode::Private)
    {
        return Err(Error::usage("without an infra container a pod has nothing to share: no namespaces, no ports"))
            .during(act);
    }
    let no_shm = !pod.shared.contains(&NamespaceKind::Ipc);
    let settings = Settings { image: ImageSource::Pod(pod.clone()), no_shm, ..without_rights(settings) };
    let holder = create_container(store, settings, None).during(act)?;
    let pod = Pod { holder, members: Vec::new() };
    pod.tell(store, Action::Create);
    Ok(pod)
}

/// The holder does nothing, and has the rights for it.
fn without_rights(mut settings: Settings) -> Settings {
    settings.command = vec![COMMAND.to_owned()];
    settings.stop_timeout = STOP_TIMEOUT;
    // Where whoever starts it is, as the main process of a service has to be.
    settings.limits.cgroups = CgroupMode::Disabled;
    settings.cap_drop = vec!["ALL".to_owned()];
    settings.no_new_privileges = true;
    settings.root_emulation = RootEmulation::Off;
    settings.log.driver = LogDriver::None;
    settings
}
