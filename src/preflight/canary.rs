//! One person's whole way, all of it but the message.

use tokio::time::sleep;

use crate::{
    campaign::{Campaign, Install, Resolve},
    connector::{Connector, SendError},
    graph::{Chat, Graph, Installation, Installed, Lookup},
    message::{Message, RenderFault},
    model::{Cause, ObjectId, Person, UserKey},
    remote::{Delays, Trouble},
};

use super::{Check, Finding};

/// How often what is not there yet is asked for again; delays grow from a second.
const POLLS: usize = 4;

/// Goes the way of `user` up to the message, and says what was done: the app
/// may be installed for them, and their chat made. Nothing is sent.
pub async fn canary(
    campaign: &Campaign,
    graph: &Graph,
    connector: &Connector,
    message: &Message,
    user: &str,
) -> Vec<Finding> {
    let way = Way {
        campaign,
        graph,
        connector,
    };
    let person = match way.find(user).await {
        Ok(person) => person,
        Err(finding) => return vec![finding],
    };
    let id = &person.object_id;
    let mut findings = vec![
        Finding::ok(Check::Canary, format!("{user} is {id}")),
        render(message, &person),
    ];
    if campaign.delivery.resolve != Resolve::Connector {
        findings.push(way.through_graph(id).await);
    }
    if campaign.delivery.resolve != Resolve::Graph {
        findings.extend(way.through_connector(id).await);
    }
    findings
}

/// Through which services people are reached.
struct Way<'a> {
    campaign: &'a Campaign,
    graph: &'a Graph,
    connector: &'a Connector,
}

impl Way<'_> {
    async fn find(&self, user: &str) -> Result<Box<Person>, Finding> {
        let failed = |detail: String| {
            let advice = "give an object id, a user principal name or a mail address";
            Finding::failed(Check::Canary, detail, advice)
        };
        match self.graph.user(&key(user)).await {
            Ok(Lookup::Found(person)) => Ok(person),
            Ok(Lookup::Unknown) => Err(failed(format!("{user} is not in the directory"))),
            Ok(Lookup::Ambiguous { .. }) => Err(failed(format!("{user} is several people"))),
            Err(trouble) => Err(failed(format!("{user}: {}", trouble.words()))),
        }
    }

    /// Installs the app where the campaign would, and finds the chat.
    async fn through_graph(&self, person: &ObjectId) -> Finding {
        let advice = "read the words of Graph; then run the check again";
        match self.ask_graph(person).await {
            Ok(finding) => finding,
            Err(trouble) => Finding::failed(Check::Canary, trouble.words(), advice),
        }
    }

    async fn ask_graph(&self, person: &ObjectId) -> Result<Finding, Trouble> {
        let mut done = "the app was there";
        if self.installation(person).await? == Installation::Absent {
            if self.campaign.delivery.install != Install::IfMissing {
                let detail = "the app is not installed, and the campaign installs it for nobody";
                let advice = "install the app by a setup policy, or take another person";
                return Ok(Finding::warning(Check::Canary, detail, advice));
            }
            let budget = &self.graph.budgets().installed_apps_write;
            let pass = self.graph.pass(budget).await?;
            done = match self.graph.install(pass, person).await? {
                Installed::ByUs => "the app was installed",
                Installed::Before => "the app was there, though it was not listed",
            };
        }
        let mut delays = Delays::new(|delay| delay).take(POLLS);
        loop {
            if let Installation::Present(id) = self.installation(person).await? {
                let pass = self.graph.pass(&self.graph.budgets().graph_read).await?;
                if let Chat::Found(_) = self.graph.chat(pass, person, &id).await? {
                    let detail = format!("{done}, and Graph told the chat; nothing was sent");
                    return Ok(Finding::ok(Check::Canary, detail));
                }
            }
            match delays.next() {
                Some(delay) => sleep(delay).await,
                None => break,
            }
        }
        Ok(Finding::failed(
            Check::Canary,
            format!("{done}, but Graph tells no chat"),
            "check that webApplicationInfo.id in the manifest is the app that signs in",
        ))
    }

    async fn installation(&self, person: &ObjectId) -> Result<Installation, Trouble> {
        let budget = &self.graph.budgets().installed_apps_read;
        let pass = self.graph.pass(budget).await?;
        self.graph.installation(pass, person).await
    }

    /// Makes the conversation, which shows the person nothing.
    async fn through_connector(&self, person: &ObjectId) -> Vec<Finding> {
        let tries = self.connector.tries();
        let made = match self.connector.pass(&tries).await {
            Ok(pass) => self.connector.create_conversation(pass, person).await,
            Err(trouble) => Err(SendError::Trouble(trouble)),
        };
        match made {
            Ok(_) => vec![
                Finding::ok(
                    Check::Canary,
                    "the connector told the chat; nothing was sent",
                ),
                Finding::ok(Check::Sessions, "creating a conversation starts no session"),
            ],
            Err(SendError::ChatGone(_)) => vec![Finding::warning(
                Check::Canary,
                "to the connector the app is not installed for this person",
                "install the app by a setup policy, or set delivery.install = \"if-missing\"",
            )],
            Err(SendError::Unknown(_)) => vec![Finding::failed(
                Check::Canary,
                "the connector did not answer",
                "run the check again",
            )],
            Err(SendError::Trouble(trouble)) => vec![refused(&trouble)],
        }
    }
}

/// A bot with sessions is refused a conversation without a first message.
fn refused(trouble: &Trouble) -> Finding {
    let words = trouble.words();
    if let Trouble::Person {
        cause: Cause::ChatUnavailable,
        evidence,
    } = trouble
        && evidence.http_status == Some(400)
    {
        return Finding::failed(
            Check::Sessions,
            format!("a conversation cannot be created ahead of the message ({words})"),
            "the manifest seems to set supportsSessions: set delivery.resolve = \"graph\"",
        );
    }
    Finding::failed(Check::Canary, words, "read the words of the connector")
}

fn render(message: &Message, person: &Person) -> Finding {
    match message.render(&person.fields()) {
        Ok(content) => {
            let detail = format!("the message has {} bytes", content.bytes());
            Finding::ok(Check::Canary, detail)
        }
        // A column of the lists may have it.
        Err(fault @ RenderFault::Missing { .. }) => {
            Finding::not_checked(Check::Canary, fault.to_string())
        }
        Err(fault @ (RenderFault::Broken { .. } | RenderFault::TooLarge { .. })) => {
            Finding::failed(Check::Canary, fault.to_string(), "correct the message")
        }
    }
}

fn key(user: &str) -> UserKey {
    let is_guid = user.len() == 36
        && user.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && user.matches('-').count() == 4;
    match ObjectId::new(user) {
        Ok(id) if is_guid => UserKey::ObjectId(id),
        Ok(_) | Err(_) => UserKey::Either(user.to_owned()),
    }
}
