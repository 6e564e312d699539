//! Plays the steps, one after the other. Each waits for the states that it needs.

use futures_util::future::try_join_all;
use relais_care::{FieldError, Language, compose::Draft};
use relais_proto::care;
use relais_types::{EntryId, SeatId};

use super::stage::{PATIENCE, Stage, late};
use crate::{
    Failure,
    story::{self, Step},
};

impl Stage<'_> {
    /// Plays the whole story.
    ///
    /// # Errors
    /// The first step that does not come to its end, with its number.
    pub(crate) async fn play(&mut self) -> Result<(), String> {
        let story = self.story;
        for (index, step) in story.steps.iter().enumerate() {
            self.step(step)
                .await
                .map_err(|failure| format!("step {}: {failure}", index + 1))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::Narrate(text) => {
                self.narrator.line(&format!("\n{text}"));
                Ok(())
            }
            Step::Open(open) => self.open(open).await,
            Step::Say(say) => self.say(say).await,
            Step::Consult(ask) => self.consult(ask).await,
            Step::Refer(ask) => self.refer(ask).await,
            Step::Task(ask) => self.task(ask).await,
            Step::AskAck(ask) => self.ask_ack(ask).await,
            Step::Ask(ask) => self.ask(ask).await,
            Step::Tell(tell) => self.told(tell).await,
            Step::Respond(respond) => self.respond(respond).await,
            Step::Acknowledge(ack) => self.acknowledge(ack).await,
            Step::Read(read) => self.read(read).await,
            Step::Correct(correct) => self.correct(correct).await,
            Step::Add(add) => self.add(add).await,
            Step::Replace(replace) => self.replace(replace).await,
            Step::Invite(invite) => self.invite(invite).await,
            Step::Revoke(revoke) => self.revoke(revoke).await,
            Step::Offline(device) => self.offline(&device.device).await,
            Step::Online(device) => self.online(&device.device).await,
            Step::Server(step) => self.server.order(*step).await,
            Step::Expect(expect) => {
                let check = self.expect(expect).await;
                self.expected.push(check);
                Ok(())
            }
        }
    }

    /// Posts and, unless the server is stopped, waits for its place in the log.
    pub(super) async fn post<W>(
        &mut self,
        by: By<'_>,
        key: &str,
        seat: Option<SeatId>,
        write: W,
    ) -> Result<(), Failure>
    where
        W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
    {
        let language = self.language(by.who, by.language);
        let acting = self.acting(by.who, key).await?;
        let id = match seat {
            Some(seat) => acting.case.post_as(seat, language, write).await?,
            None => acting.case.post(language, write).await?,
        };
        if self.server.is_stopped() {
            self.narrator.line(&format!(
                "  · {} writes; it waits in the outbox.",
                acting.me.display_name
            ));
        } else {
            let view = acting
                .case
                .wait_until(PATIENCE, |view| view.item(id).is_some())
                .await
                .map_err(|error| late(by.who, "see their entry in the log", &error))?;
            if let Some(rejected) = view.item(id).and_then(|item| item.rejected) {
                return Err(Failure::failed(format!(
                    "it has no effect: {}",
                    rejected.text(Language::English)
                )));
            }
            self.tell(&view, id);
        }
        self.record(key, id, by.id);
        Ok(())
    }

    pub(super) fn record(&mut self, key: &str, entry: EntryId, name: Option<&str>) {
        if let Some(case) = self.cases.iter_mut().find(|case| case.key == key) {
            case.posted.push(entry);
        }
        if let Some(name) = name {
            self.entries
                .insert(name.to_owned(), (key.to_owned(), entry));
        }
    }

    async fn acknowledge(&self, ack: &story::Acknowledge) -> Result<(), Failure> {
        let (case, entry) = self.entry(&ack.entry)?;
        let acting = self.acting(&ack.by, &case).await?;
        acting.case.mark_read(&[entry]).await?;
        acting.case.acknowledge(entry).await?;
        let me = &acting.me;
        let view = acting
            .case
            .wait_until(PATIENCE, |view| {
                let said = view
                    .receipts(entry)
                    .and_then(|receipts| receipts.of(&me.name));
                said.is_some_and(|said| said.acknowledged.is_some())
            })
            .await
            .map_err(|error| late(&ack.by, "see their acknowledgement in the log", &error))?;
        let seq = view.item(entry).map_or(0, |item| item.seq);
        self.narrator
            .line(&format!("  · {}: “I have this” (#{seq})", me.display_name));
        Ok(())
    }

    async fn read(&self, read: &story::Read) -> Result<(), Failure> {
        try_join_all(read.by.iter().map(|who| self.read_by(who, &read.case)))
            .await
            .map(drop)
    }

    async fn read_by(&self, who: &str, case: &str) -> Result<(), Failure> {
        let acting = self.acting(who, case).await?;
        let me = &acting.me.name;
        let unread = acting.case.view().await?.pending_receipts(me).read;
        acting.case.mark_read(&unread).await?;
        acting.client.send_receipts().await?;
        acting
            .case
            .wait_until(PATIENCE, |view| {
                let said =
                    |entry: &EntryId| view.receipts(*entry).and_then(|receipts| receipts.of(me));
                unread
                    .iter()
                    .all(|entry| said(entry).is_some_and(|said| said.read.is_some()))
            })
            .await
            .map_err(|error| late(who, "see their receipts in the log", &error))?;
        self.narrator.line(&format!(
            "  · {} reads {} entries",
            acting.me.display_name,
            unread.len()
        ));
        Ok(())
    }

    pub(super) fn language(&self, who: &str, given: Option<&str>) -> Language {
        let person = who.split('/').next().unwrap_or(who);
        match given {
            Some(tag) => Language::of(tag),
            None => self
                .cast
                .people
                .get(person)
                .map_or(Language::English, |human| human.language),
        }
    }
}

/// Who posts, in which language, and what later steps call it.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) who: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) id: Option<&'a str>,
}
