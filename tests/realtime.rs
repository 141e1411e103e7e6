//! The promise to the sound card: its callbacks allocate nothing, even when the ring is full or empty.

use afterbell::audio::{Meters, OutputState, pull_frames, push_frames};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNTED: Cell<Option<u64>> = const { Cell::new(None) };
}

fn count() {
    COUNTED.with(|counted| counted.set(counted.get().map(|count| count + 1)));
}

#[expect(unsafe_code, reason = "a global allocator is unsafe to write; this one hands everything to the system's")]
// SAFETY: every call goes unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and releases while `work` runs on this thread.
fn allocations(work: impl FnOnce()) -> u64 {
    COUNTED.with(|counted| counted.set(Some(0)));
    work();
    COUNTED.with(|counted| counted.take()).unwrap_or(0)
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1_u8; 64]))) >= 2);
}

#[test]
fn the_callback_allocates_nothing_even_when_the_ring_is_full() {
    let meters = Meters::default();
    let (mut producer, mut consumer) = rtrb::RingBuffer::<f32>::new(4800);
    let stereo = vec![8000_i16; 960];
    let float = vec![0.25_f32; 960];
    let counted = allocations(|| {
        for _ in 0..20 {
            push_frames(&stereo, 2, &mut producer, &meters);
            push_frames(&float, 2, &mut producer, &meters);
        }
    });
    assert_eq!(counted, 0);
    // 20 blocks of 960 mono frames were offered, 4800 fit, and the rest is counted, not hidden.
    assert_eq!(meters.read().dropped_frames, 19_200 - 4800);
    let first = consumer.pop().unwrap();
    assert!((first - 8000.0 / 32_768.0).abs() < 1e-4, "{first}");
}

#[test]
fn the_loudspeakers_callback_allocates_nothing_even_when_the_ring_is_empty() {
    let state = OutputState::default();
    let (mut producer, mut consumer) = rtrb::RingBuffer::<f32>::new(4800);
    let (mut stereo, mut float) = (vec![1_i16; 960], vec![1.0_f32; 960]);
    assert!(producer.push_partial_slice(&vec![0.25; 1000]).1.is_empty());
    let counted = allocations(|| {
        for _ in 0..10 {
            pull_frames(&mut float, 2, &mut consumer, &state);
            pull_frames(&mut stereo, 2, &mut consumer, &state);
        }
    });
    assert_eq!(counted, 0);
    // What was there was played, silence followed, and only what was played is counted.
    assert_eq!(state.taken(), 1000);
    assert_eq!((stereo[959], float[959]), (0, 0.0));
    assert!(producer.push_partial_slice(&[0.5; 100]).1.is_empty());
    state.flush();
    pull_frames(&mut float, 2, &mut consumer, &state);
    assert!(!state.is_flushing() && float.iter().all(|&sample| sample.abs() < 1e-9), "thrown away, not heard");
}

/// `AFTERBELL_CALLBACK_SECS=600` for the long form: blocks of 10 ms at their times, as a sound card brings them.
#[test]
fn the_slowest_callback_is_a_small_part_of_its_block() {
    let secs = std::env::var("AFTERBELL_CALLBACK_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(1_u64);
    let meters = Meters::default();
    let (mut producer, mut consumer) = rtrb::RingBuffer::<f32>::new(480_000);
    let stereo = vec![8000_i16; 960];
    let mut took = Vec::with_capacity(secs as usize * 100);
    let begun = std::time::Instant::now();
    let mut counted = 0;
    for block in 1..=secs * 100 {
        std::thread::sleep(std::time::Duration::from_millis(block * 10).saturating_sub(begun.elapsed()));
        let before = std::time::Instant::now();
        counted += allocations(|| push_frames(&stereo, 2, &mut producer, &meters));
        took.push(before.elapsed());
        let waiting = consumer.slots();
        if let Ok(chunk) = consumer.read_chunk(waiting) {
            chunk.commit_all();
        }
    }
    took.sort();
    let typical = took[took.len() * 999 / 1000];
    println!("{} callbacks of 10 ms in {secs} s: the slowest {:?}, 999 of 1000 within {typical:?}, {counted} allocations", took.len(), took[took.len() - 1]);
    assert_eq!((counted, meters.read().dropped_frames), (0, 0));
    // The slowest of all says when the system gave the processor to somebody else; the others say what the callback itself takes.
    assert!(typical < std::time::Duration::from_millis(5), "{typical:?}");
}
