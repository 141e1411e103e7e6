//! Counts what was found in labelled dialogues, and prints it.

use super::labelled::Labelled;
use afterbell::conference::{Evidence, Phase, Speaker, find_evidence};
use std::fmt::Write as _;

/// What was counted over a set.
#[derive(Default)]
pub struct Score {
    /// True phase (row) by found phase.
    confusion: [[usize; 5]; 5],
    compliments_true: usize,
    compliments_found: usize,
    compliments_right: usize,
    compliments_recalled: usize,
    /// What is found if every turn of the teacher with a word of praise is a compliment: found, right, recalled.
    by_praise_words: [usize; 3],
    /// Dialogues by true (row) and found count of points: 0, 1, 2 or more.
    points: [[usize; 3]; 3],
    fixing_right: usize,
    links_right: usize,
    /// Dialogues without and with a link (row) by none and some found.
    links: [[usize; 2]; 2],
    /// How sure the phase of each turn was, and whether it was right.
    claims: Vec<(f64, bool)>,
    claimed_from: f64,
    tries_right: usize,
    /// True kind (row) by found kind, then not found.
    questions: [[usize; 4]; 3],
    questions_made_up: usize,
    dialogues: usize,
}

impl Score {
    pub fn add(&mut self, one: &Labelled, evidence: &Evidence, notes: &mut String) {
        for (number, (&truth, found)) in one.phases.iter().zip(&evidence.turn_phases).enumerate() {
            let found = found.unwrap_or(Phase::Other);
            self.confusion[truth as usize][found as usize] += 1;
            self.claims.push((evidence.turn_sureness[number], truth == found));
            self.claimed_from = evidence.claimed_from;
            if truth != found {
                let sure = if evidence.is_phase_sure(number) { "" } else { " (not sure)" };
                let said = text(one, &one.turns[number].words);
                writeln!(notes, "  {} line {}: {} taken for {}{sure}: {said}", one.name, number + 1, truth.key(), found.key()).unwrap();
            }
        }
        let fits = |truth: &[usize], found: &[usize]| {
            let both = truth.iter().filter(|word| found.contains(word)).count();
            both * 2 >= truth.len() && both * 2 >= found.len()
        };
        self.compliments_true += one.compliments.len();
        self.compliments_found += evidence.compliments.len();
        for truth in &one.compliments {
            let recalled = evidence.compliments.iter().any(|found| fits(truth, &found.words));
            self.compliments_recalled += usize::from(recalled);
            if !recalled {
                writeln!(notes, "  {} compliment not found: {}", one.name, text(one, truth)).unwrap();
            }
        }
        for found in &evidence.compliments {
            let right = one.compliments.iter().any(|truth| fits(truth, &found.words));
            self.compliments_right += usize::from(right);
            if !right {
                writeln!(notes, "  {} no compliment: {}", one.name, text(one, &found.words)).unwrap();
            }
        }
        let with_praise_words = praise_words(one);
        let is_right = |found: &&Vec<usize>| one.compliments.iter().any(|truth| fits(truth, found));
        let is_recalled = |truth: &&Vec<usize>| with_praise_words.iter().any(|found| fits(truth, found));
        self.by_praise_words[0] += with_praise_words.len();
        self.by_praise_words[1] += with_praise_words.iter().filter(is_right).count();
        self.by_praise_words[2] += one.compliments.iter().filter(is_recalled).count();
        let found_points = evidence.teaching_points.len();
        self.points[one.points.min(2)][found_points.min(2)] += 1;
        if one.points.min(2) != found_points.min(2) {
            writeln!(notes, "  {} has {} points, found {}:", one.name, one.points, found_points).unwrap();
            for point in &evidence.teaching_points {
                writeln!(notes, "      {:?} {}", point.craft, text(one, &point.words)).unwrap();
            }
        }
        self.fixing_right += usize::from(one.fixing != evidence.fixing.is_empty());
        self.links_right += usize::from(one.link != evidence.links.is_empty());
        self.links[usize::from(one.link)][usize::from(!evidence.links.is_empty())] += 1;
        if one.link == evidence.links.is_empty() {
            let heard: Vec<String> = evidence.links.iter().map(|found| text(one, &found.words)).collect();
            writeln!(notes, "  {} link: {}, found {heard:?}", one.name, one.link).unwrap();
        }
        self.tries_right += usize::from(one.tried != evidence.try_its.is_empty());
        if one.tried == evidence.try_its.is_empty() {
            let heard: Vec<String> = evidence.try_its.iter().map(|found| text(one, &found.words)).collect();
            writeln!(notes, "  {} tried: {}, found {heard:?}", one.name, one.tried).unwrap();
        }
        for (truth, kind) in &one.questions {
            let overlap = |found: &[usize]| truth.iter().filter(|word| found.contains(word)).count();
            let best = evidence.questions.iter().max_by_key(|found| overlap(&found.words)).filter(|found| overlap(&found.words) > 0);
            self.questions[*kind as usize][best.map_or(3, |found| found.kind as usize)] += 1;
            if best.is_none_or(|found| found.kind != *kind) {
                writeln!(notes, "  {} {kind:?} taken for {:?}: {}", one.name, best.map(|found| found.kind), text(one, truth)).unwrap();
            }
        }
        for found in &evidence.questions {
            let known = one.asking.iter().any(|word| found.words.contains(word))
                || one.questions.iter().any(|(words, _)| words.iter().any(|word| found.words.contains(word)));
            self.questions_made_up += usize::from(!known);
            if !known {
                writeln!(notes, "  {} no question: {}", one.name, text(one, &found.words)).unwrap();
            }
        }
        self.dialogues += 1;
    }

    pub fn phases(&self) -> f64 {
        share((0..5).map(|phase| self.confusion[phase][phase]).sum(), self.confusion.iter().flatten().sum())
    }

    /// The mean over the four phases of the harmonic mean of precision and recall.
    pub fn macro_f1(&self) -> f64 {
        let of = |phase: usize| {
            let found: usize = self.confusion.iter().map(|row| row[phase]).sum();
            share(2 * self.confusion[phase][phase], found + self.confusion[phase].iter().sum::<usize>())
        };
        (0..4).map(of).sum::<f64>() / 4.0
    }

    /// What is right if one phase is said of all: the best that such a line can do.
    pub fn one_for_all(&self) -> f64 {
        share(self.confusion.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0), self.claims.len())
    }

    pub fn claimed_from(&self) -> f64 {
        self.claimed_from
    }

    pub fn link_recall(&self) -> f64 {
        share(self.links[1][1], self.links[1].iter().sum())
    }

    /// Of turns whose phase is claimed: how many of all, and how many of them right.
    pub fn claimed(&self, from: f64) -> (f64, f64) {
        let claimed = self.claims.iter().filter(|(sureness, _)| *sureness >= from);
        let (count, right) = claimed.fold((0, 0), |(count, right), (_, is_right)| (count + 1, right + usize::from(*is_right)));
        (share(count, self.claims.len()), share(right, count))
    }

    /// The limit from which this share of turns is claimed.
    pub fn limit_of(&self, coverage: f64) -> f64 {
        let mut sureness: Vec<f64> = self.claims.iter().map(|claim| claim.0).collect();
        sureness.sort_by(|a, b| b.total_cmp(a));
        sureness.get((coverage * sureness.len() as f64) as usize).copied().unwrap_or(0.0)
    }

    pub fn precision(&self) -> f64 {
        share(self.compliments_right, self.compliments_found)
    }

    pub fn recall(&self) -> f64 {
        share(self.compliments_recalled, self.compliments_true)
    }

    pub fn points(&self) -> f64 {
        share((0..3).map(|count| self.points[count][count]).sum(), self.dialogues)
    }

    pub fn questions(&self) -> f64 {
        share((0..3).map(|kind| self.questions[kind][kind]).sum(), self.questions.iter().flatten().sum())
    }

    /// Bounds a little below what was measured; compliments as (precision, recall).
    pub fn is_at_least(&self, phases: f64, compliments: (f64, f64), points: f64, questions: f64) {
        let measured = [self.phases(), self.precision(), self.recall(), self.points(), self.questions()];
        let least = [phases, compliments.0, compliments.1, points, questions];
        assert!(
            measured.iter().zip(least).all(|(measured, least)| *measured >= least),
            "phases, precision, recall, points, questions: {measured:?}, not {least:?}"
        );
    }

    pub fn table(&self) -> String {
        let mut table = String::new();
        writeln!(table, "{} dialogues, {} turns", self.dialogues, self.confusion.iter().flatten().sum::<usize>()).unwrap();
        writeln!(table, "phases right        {:5.1} % of turns", self.phases() * 100.0).unwrap();
        let (coverage, right) = self.claimed(self.claimed_from);
        let (_, at_80) = self.claimed(self.limit_of(0.8));
        writeln!(
            table,
            "  macro-F1 {:.3}; claimed {:.1} %, of these right {:.1} % (of the surest 80 %: {:.1} %); one phase for all: {:.1} %",
            self.macro_f1(),
            coverage * 100.0,
            right * 100.0,
            at_80 * 100.0,
            self.one_for_all() * 100.0
        )
        .unwrap();
        writeln!(table, "  true \\ found  research  compliment  teach  link  other").unwrap();
        for (row, phase) in self.confusion.iter().zip(Phase::ALL) {
            writeln!(table, "  {:<12} {:>9} {:>11} {:>6} {:>5} {:>6}", phase.key(), row[0], row[1], row[2], row[3], row[4]).unwrap();
        }
        writeln!(
            table,
            "compliments         precision {:.1} % ({} of {}), recall {:.1} % ({} of {})",
            self.precision() * 100.0,
            self.compliments_right,
            self.compliments_found,
            self.recall() * 100.0,
            self.compliments_recalled,
            self.compliments_true
        )
        .unwrap();
        let [found, right, recalled] = self.by_praise_words;
        writeln!(table, "  every turn with a word of praise: precision {right} of {found}, recall {recalled} of {}", self.compliments_true).unwrap();
        let one_count = self.points.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
        writeln!(
            table,
            "teaching points     {:5.1} % of dialogues (0, 1, 2+: {:?}); one count for all: {:.1} %",
            self.points() * 100.0,
            self.points,
            share(one_count, self.dialogues) * 100.0
        )
        .unwrap();
        let all_asked = self.questions.iter().flatten().sum::<usize>();
        let one_kind = self.questions.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
        writeln!(
            table,
            "questions           {:5.1} % of the right kind (open, closed, tag by found open, closed, tag, not found: {:?}); {} made up; one kind for all, none missed: {:.1} %",
            self.questions() * 100.0,
            self.questions,
            self.questions_made_up,
            share(one_kind, all_asked) * 100.0
        )
        .unwrap();
        let links = self.links;
        writeln!(
            table,
            "links               recall {} of {}, precision {} of {}; a link in every dialogue: precision {} of {}",
            links[1][1],
            links[1][0] + links[1][1],
            links[1][1],
            links[0][1] + links[1][1],
            links[1][0] + links[1][1],
            self.dialogues
        )
        .unwrap();
        writeln!(table, "fixing, link, try-it heard or not, rightly: {}, {}, {} of {}", self.fixing_right, self.links_right, self.tries_right, self.dialogues)
            .unwrap();
        table
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Each turn of the teacher with a word that praises.
fn praise_words(one: &Labelled) -> Vec<Vec<usize>> {
    const PRAISE: [&str; 13] =
        ["good", "great", "love", "like", "nice", "awesome", "wonderful", "amazing", "beautiful", "perfect", "proud", "notice", "noticed"];
    let praises = |word: &usize| PRAISE.contains(&one.words[*word].bare().as_str());
    one.turns.iter().filter(|turn| turn.speaker == Speaker::Teacher && turn.words.iter().any(praises)).map(|turn| turn.words.clone()).collect()
}

fn text(one: &Labelled, words: &[usize]) -> String {
    words.iter().map(|&word| one.words[word].text.as_str()).collect::<Vec<_>>().join(" ")
}

pub fn score(title: &str, set: &[Labelled]) -> Score {
    let mut score = Score::default();
    let mut notes = String::new();
    set.iter().for_each(|one| score.add(one, &find_evidence(&one.words, &one.turns, "en"), &mut notes));
    println!("\n== {title}\n{}{notes}", score.table());
    score
}
