//! Who each voice is: what the teacher pointed at, the stored voice, and otherwise a guess that is said to be one.

use super::diarize::Diarization;
use crate::conference::{Millis, Speaker, TeacherKnown, Word};

/// With a smaller margin than this the profile does not decide (measured: 0.62 on average, 0.26 at least).
pub(super) const PROFILE_MARGIN: f32 = 0.2;
/// A question-asker must have spoken this long in one go to be taken for the teacher.
const LONG_TURN: Millis = Millis(2000);

/// Says who each voice is. What the teacher pointed at is so. Of the other voices the profile names the teacher when its margin is large enough;
/// otherwise the voice that asks most, or, without words, the one that talks most, is a guess and said to be one. Then come `students` students in the
/// order they first speak; a voice too many is somebody else's: the one that says least.
#[must_use]
pub fn name_roles(found: &Diarization, students: u8, words: &[Word]) -> (Vec<Speaker>, TeacherKnown) {
    let mut roles = found.labelled.clone();
    let free: Vec<usize> = (0..roles.len()).filter(|&voice| roles[voice].is_none()).collect();
    let mut known = TeacherKnown::ByTeacher;
    if !roles.contains(&Some(Speaker::Teacher)) {
        let teacher = match found.profile_match {
            Some((voice, margin)) if margin >= PROFILE_MARGIN && free.contains(&usize::from(voice.0)) => {
                known = TeacherKnown::ByProfile;
                Some(usize::from(voice.0))
            }
            _ => {
                known = TeacherKnown::Guessed;
                guess_teacher(found, &free, words)
            }
        };
        if let Some(teacher) = teacher {
            roles[teacher] = Some(Speaker::Teacher);
        }
    }
    let mut left: Vec<Speaker> = (1..=students.max(1)).map(Speaker::Student).filter(|student| !roles.contains(&Some(*student))).collect();
    let talk = talk_of(found);
    let mut free: Vec<usize> = free.into_iter().filter(|&voice| roles[voice].is_none()).collect();
    while free.len() > left.len() {
        let Some(least) = (0..free.len()).min_by_key(|&at| talk[free[at]]) else { break };
        roles[free.remove(least)] = Some(Speaker::Other);
    }
    for voice in free {
        roles[voice] = Some(left.remove(0));
    }
    (roles.into_iter().map(|role| role.unwrap_or(Speaker::Unknown)).collect(), known)
}

fn talk_of(found: &Diarization) -> Vec<i64> {
    let mut talk = vec![0_i64; found.centroids.len()];
    for piece in &found.spans {
        talk[usize::from(piece.voice.0)] += piece.span.length().0;
    }
    talk
}

fn guess_teacher(found: &Diarization, free: &[usize], words: &[Word]) -> Option<usize> {
    let voices = found.centroids.len();
    let talk = talk_of(found);
    let mut longest = vec![0_i64; voices];
    let mut questions = vec![0_usize; voices];
    for piece in &found.spans {
        let voice = usize::from(piece.voice.0);
        longest[voice] = longest[voice].max(piece.span.length().0);
    }
    for word in words.iter().filter(|word| word.ends_question()) {
        if let Some(piece) = found.spans.iter().find(|piece| piece.span.contains(word.span.middle())) {
            questions[usize::from(piece.voice.0)] += 1;
        }
    }
    let most = |counts: &dyn Fn(usize) -> i64| free.iter().copied().rev().max_by_key(|&voice| counts(voice));
    // With clearly more questions (children ask too, now and then) the asker; otherwise the one who talks most.
    let asker = most(&|voice| if longest[voice] >= LONG_TURN.0 { questions[voice] as i64 } else { 0 })?;
    let others = free.iter().filter(|&&voice| voice != asker).map(|&voice| questions[voice]).max().unwrap_or(0);
    if questions[asker] >= 2 && questions[asker] > others { Some(asker) } else { most(&|voice| talk[voice]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::Voice;
    use crate::conference::{Span, VoiceSpan};
    use crate::speech::Embedding;

    fn found(talk: &[(u8, f64, f64)], told: &[Option<Speaker>]) -> Diarization {
        let spans = talk.iter().map(|&(voice, from, to)| VoiceSpan { span: Span::from_secs(from, to), voice: Voice(voice) }).collect();
        let centroids = vec![Embedding(vec![0.0; 4]); told.len()];
        Diarization { spans, centroids, labelled: told.to_vec(), ..Diarization::default() }
    }

    #[test]
    fn what_the_teacher_said_is_so_and_a_voice_too_many_is_somebody_else() {
        let talk = [(0, 0.0, 9.0), (1, 9.0, 11.0), (2, 11.0, 20.0)];
        let (roles, known) = name_roles(&found(&talk, &[None, None, None]), 1, &[]);
        assert_eq!((roles, known), (vec![Speaker::Teacher, Speaker::Other, Speaker::Student(1)], TeacherKnown::Guessed));
        let (roles, known) = name_roles(&found(&talk, &[Some(Speaker::Student(1)), Some(Speaker::Teacher), None]), 2, &[]);
        assert_eq!((roles, known), (vec![Speaker::Student(1), Speaker::Teacher, Speaker::Student(2)], TeacherKnown::ByTeacher));
    }

    #[test]
    fn the_profile_names_a_voice_only_with_a_margin() {
        let mut clear = found(&[(0, 0.0, 2.0), (1, 2.0, 9.0)], &[None, None]);
        clear.profile_match = Some((Voice(0), 0.3));
        assert_eq!(name_roles(&clear, 1, &[]), (vec![Speaker::Teacher, Speaker::Student(1)], TeacherKnown::ByProfile));
        clear.profile_match = Some((Voice(0), 0.1));
        assert_eq!(name_roles(&clear, 1, &[]), (vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::Guessed));
    }
}
