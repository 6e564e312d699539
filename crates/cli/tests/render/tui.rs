//! The terminal client: what keys do and what is on the screen.

use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
};
use relais_care::Language;
use relais_cli::tui::{
    model::{Known, Model, Wish},
    screen,
};
use relais_types::Timestamp;

use crate::{MORNING, Script, story};

/// A terminal with the story's case in it, as the specialist has it, a week after it began.
struct Desk {
    model: Model,
    terminal: Terminal<TestBackend>,
    case: relais_types::CaseId,
}

impl Desk {
    fn new(language: Language, width: u16, height: u16) -> Self {
        let me = Script::new().seats[0].1.name.clone();
        let mut model = Model::new(me, "Dre Nadia Benali · Hôpital Sainte-Luce", language);
        let view = story();
        let case = view.case;
        model.know(vec![Known {
            shared: std::collections::BTreeMap::new(),
            view,
            notices: Vec::new(),
            standing: None,
            stopped: None,
            pending: 0,
        }]);
        model.now = Timestamp::from_micros(MORNING).plus(std::time::Duration::from_hours(24 * 30));
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        Self {
            model,
            terminal,
            case,
        }
    }

    fn press(&mut self, code: KeyCode) -> Option<Wish> {
        let wish = self.model.key(KeyEvent::new(code, KeyModifiers::NONE));
        self.draw();
        wish
    }

    fn draw(&mut self) {
        let model = &mut self.model;
        self.terminal
            .draw(|frame| screen::draw(model, frame))
            .unwrap();
    }

    fn text(&mut self) -> String {
        self.draw();
        self.terminal.backend().to_string()
    }
}

#[test]
fn the_inbox_of_a_terminal() {
    insta::assert_snapshot!(Desk::new(Language::English, 80, 8).text());
}

#[test]
fn the_huddle_of_a_terminal_in_french() {
    let mut desk = Desk::new(Language::French, 70, 10);
    assert_eq!(desk.press(KeyCode::Tab), None);
    insta::assert_snapshot!(desk.text());
}

#[test]
fn a_case_in_a_terminal() {
    let mut desk = Desk::new(Language::English, 80, 24);
    desk.press(KeyCode::Enter);
    insta::assert_snapshot!(desk.text());
}

#[test]
fn a_case_is_read_once_its_end_was_on_the_screen() {
    let mut desk = Desk::new(Language::English, 80, 12);
    desk.press(KeyCode::Enter);
    assert_eq!(desk.model.seen(), [Wish::Shown(desk.case)]);
    assert_eq!(desk.model.seen(), [], "it is said once");
    desk.press(KeyCode::End);
    let unread = story().pending_receipts(desk.model.me()).read;
    assert!(!unread.is_empty());
    assert_eq!(desk.model.seen(), [Wish::Read(desk.case, unread)]);
}

#[test]
fn what_is_typed_is_said_and_letters_are_no_commands_meanwhile() {
    let mut desk = Desk::new(Language::English, 80, 12);
    assert_eq!(desk.press(KeyCode::Char('s')), None, "no case is open");
    desk.press(KeyCode::Enter);
    desk.press(KeyCode::Char('s'));
    for letter in "quasi?".chars() {
        assert_eq!(desk.press(KeyCode::Char(letter)), None);
    }
    desk.press(KeyCode::Backspace);
    assert!(desk.text().contains("quasi▏"), "{}", desk.text());
    let said = Wish::Say(desk.case, "quasi".to_owned());
    assert_eq!(desk.press(KeyCode::Enter), Some(said));
    desk.press(KeyCode::Char('s'));
    assert_eq!(desk.press(KeyCode::Enter), None, "nothing was written");
    desk.press(KeyCode::Char('s'));
    desk.press(KeyCode::Char('x'));
    assert_eq!(desk.press(KeyCode::Esc), None);
    assert_eq!(desk.press(KeyCode::Esc), None, "back to the inbox");
    assert_eq!(desk.press(KeyCode::Char('q')), Some(Wish::Quit));
}

#[test]
fn no_key_and_no_size_breaks_the_screen() {
    for (width, height) in [(1, 1), (3, 2), (20, 5), (200, 60)] {
        let mut desk = Desk::new(Language::French, width, height);
        for code in [
            KeyCode::Down,
            KeyCode::Enter,
            KeyCode::PageDown,
            KeyCode::End,
            KeyCode::Up,
            KeyCode::Char('a'),
            KeyCode::Char('h'),
            KeyCode::End,
            KeyCode::Enter,
            KeyCode::Left,
        ] {
            desk.press(code);
        }
        desk.model.know(Vec::new());
        desk.draw();
    }
}
