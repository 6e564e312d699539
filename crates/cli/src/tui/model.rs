//! What is on the screen, and what a key does. No I/O: a wish says what the account has to do.

use std::collections::BTreeMap;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use relais_care::{CaseView, Language};
use relais_types::{CaseId, EntryId, PractitionerName, Timestamp};

use crate::{
    huddle::{self, Item},
    render::Style,
};

/// Lines that a page key moves.
const PAGE: usize = 10;

/// A case as the account has it.
#[derive(Clone, Debug)]
pub struct Known {
    /// What its members see.
    pub view: CaseView,
    /// What happened to its group, by the number of the entry.
    pub notices: Vec<(u64, String)>,
    /// Who shared each entry that came as history, by its number.
    pub shared: BTreeMap<u64, String>,
    /// How this device stands in it, if there is something to say.
    pub standing: Option<String>,
    /// Why sending has stopped, if it has.
    pub stopped: Option<String>,
    /// Entries that the log has not confirmed.
    pub pending: usize,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// What waits for this person, by case.
    Inbox,
    /// One case.
    Case(CaseId),
    /// What is open in all cases, late first.
    Huddle,
}

/// What the account has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Say this in the case.
    Say(CaseId, String),
    /// Acknowledge the entry for one's own seat.
    Acknowledge(CaseId, EntryId),
    /// The case is on the screen.
    Shown(CaseId),
    /// These entries were read to the end.
    Read(CaseId, Vec<EntryId>),
    /// End.
    Quit,
}

/// Everything that the screen shows.
#[derive(Debug)]
pub struct Model {
    /// The time that decides what is late.
    pub now: Timestamp,
    pub(super) title: String,
    pub(super) screen: Screen,
    /// The selected row of the inbox or the huddle.
    pub(super) selected: usize,
    /// The first line of the case that is shown.
    pub(super) scroll: usize,
    /// What is being written, if something is.
    pub(super) input: Option<String>,
    /// What happened last, until the next key.
    pub(super) told: Option<String>,
    /// True once the last line of the case was on the screen.
    pub(super) reached_end: bool,
    me: PractitionerName,
    language: Language,
    cases: Vec<Known>,
    /// The case that was last said to be shown, with its number of entries.
    shown: Option<(CaseId, usize)>,
}

impl Model {
    /// An empty one for `me`, who is called `title`.
    pub fn new(me: PractitionerName, title: &str, language: Language) -> Self {
        Self {
            now: Timestamp::default(),
            title: title.to_owned(),
            screen: Screen::Inbox,
            selected: 0,
            scroll: 0,
            input: None,
            told: None,
            reached_end: false,
            me,
            language,
            cases: Vec::new(),
            shown: None,
        }
    }

    /// The language of the labels.
    pub fn language(&self) -> Language {
        self.language
    }

    /// How a view is printed in so many columns.
    pub fn style(&self, width: usize) -> Style {
        Style {
            language: self.language,
            width,
        }
    }

    /// Takes in how the cases are now.
    pub fn know(&mut self, cases: Vec<Known>) {
        self.cases = cases;
        let count = self.rows();
        self.selected = self.selected.min(count.saturating_sub(1));
        if let Screen::Case(id) = self.screen
            && self.find(id).is_none()
        {
            self.open(Screen::Inbox);
        }
    }

    /// Tells the person something, until they press a key.
    pub fn tell(&mut self, what: String) {
        self.told = Some(what);
    }

    /// The cases, those first in which something waits: what is late, what is to be done, what is
    /// unread.
    pub fn inbox(&self) -> Vec<&Known> {
        let mut cases: Vec<&Known> = self.cases.iter().collect();
        cases.sort_by_key(|known| {
            let view = &known.view;
            let mine = view.open_items(&self.me).len();
            let owed = view.pending_receipts(&self.me);
            std::cmp::Reverse((
                known.stopped.is_some(),
                view.overdue(self.now).len().min(mine),
                mine + owed.acknowledged.len(),
                owed.read.len(),
            ))
        });
        cases
    }

    /// What is open in all cases: late first, then what this person must do, then by due time.
    pub fn huddle(&self) -> Vec<Item<'_>> {
        huddle::items(
            self.cases.iter().map(|known| &known.view),
            Some(&self.me),
            self.now,
        )
    }

    /// The case with this id.
    pub fn find(&self, id: CaseId) -> Option<&Known> {
        self.cases.iter().find(|known| known.view.case == id)
    }

    /// The person whose account it is.
    pub fn me(&self) -> &PractitionerName {
        &self.me
    }

    /// What follows from what is on the screen: a case that is shown was viewed, and one whose
    /// last line was there was read.
    pub fn seen(&mut self) -> Vec<Wish> {
        let Screen::Case(id) = self.screen else {
            return Vec::new();
        };
        let Some(known) = self.find(id) else {
            return Vec::new();
        };
        let state = (id, known.view.timeline.len());
        let unread = known.view.pending_receipts(&self.me).read;
        let mut wishes = Vec::new();
        if self.shown != Some(state) {
            self.shown = Some(state);
            wishes.push(Wish::Shown(id));
        }
        if self.reached_end && !unread.is_empty() {
            wishes.push(Wish::Read(id, unread));
        }
        wishes
    }

    /// Does what a key means; what is left for the account is a wish.
    pub fn key(&mut self, key: KeyEvent) -> Option<Wish> {
        self.told = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Some(Wish::Quit);
        }
        if self.input.is_some() {
            return self.write(key.code);
        }
        match (key.code, self.screen) {
            (KeyCode::Char('q'), Screen::Inbox | Screen::Huddle) => return Some(Wish::Quit),
            (KeyCode::Esc | KeyCode::Char('q') | KeyCode::Left, Screen::Case(_)) => {
                self.open(Screen::Inbox);
            }
            (KeyCode::Tab, Screen::Inbox) | (KeyCode::Char('h'), _) => self.open(Screen::Huddle),
            (KeyCode::Tab | KeyCode::Char('i') | KeyCode::Esc, _) => self.open(Screen::Inbox),
            (KeyCode::Enter | KeyCode::Right, Screen::Inbox) => {
                let id = self.inbox().get(self.selected).map(|known| known.view.case);
                self.open(id.map_or(Screen::Inbox, Screen::Case));
            }
            (KeyCode::Enter | KeyCode::Right, Screen::Huddle) => {
                let id = self.huddle().get(self.selected).map(|item| item.case.case);
                self.open(id.map_or(Screen::Huddle, Screen::Case));
            }
            (KeyCode::Char('s'), Screen::Case(_)) => self.input = Some(String::new()),
            (KeyCode::Char('a'), Screen::Case(id)) => return self.acknowledge(id),
            (code, Screen::Case(_)) => self.move_lines(code),
            (code, _) => self.move_rows(code),
        }
        None
    }

    fn open(&mut self, screen: Screen) {
        self.screen = screen;
        (self.selected, self.scroll, self.reached_end) = (0, 0, false);
    }

    fn write(&mut self, code: KeyCode) -> Option<Wish> {
        let text = self.input.as_mut()?;
        match code {
            KeyCode::Char(letter) => text.push(letter),
            KeyCode::Backspace => {
                text.pop();
            }
            KeyCode::Esc => self.input = None,
            KeyCode::Enter => {
                let text = self.input.take()?;
                if let Screen::Case(id) = self.screen
                    && !text.trim().is_empty()
                {
                    return Some(Wish::Say(id, text.trim().to_owned()));
                }
            }
            _ => {}
        }
        None
    }

    /// The oldest entry that asks this person's seat for an acknowledgement.
    fn acknowledge(&mut self, id: CaseId) -> Option<Wish> {
        let owed = self.find(id)?.view.pending_receipts(&self.me).acknowledged;
        let Some(entry) = owed.first() else {
            let nothing = self.style(0).text("tui-model-nothing-here-asks-for-your");
            self.tell(nothing.to_owned());
            return None;
        };
        Some(Wish::Acknowledge(id, *entry))
    }

    fn move_rows(&mut self, code: KeyCode) {
        let last = self.rows().saturating_sub(1);
        self.selected = match code {
            KeyCode::Up | KeyCode::Char('k') => self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (self.selected + 1).min(last),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => self.selected,
        };
    }

    /// How far down it may go is only known when it is drawn.
    fn move_lines(&mut self, code: KeyCode) {
        self.scroll = match code {
            KeyCode::Up | KeyCode::Char('k') => self.scroll.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll.saturating_add(1),
            KeyCode::PageUp => self.scroll.saturating_sub(PAGE),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll.saturating_add(PAGE),
            KeyCode::Home => 0,
            KeyCode::End => usize::MAX,
            _ => self.scroll,
        };
    }

    fn rows(&self) -> usize {
        match self.screen {
            Screen::Inbox => self.cases.len(),
            Screen::Huddle => self.huddle().len(),
            Screen::Case(_) => 0,
        }
    }
}
