// The bench: two players that go to the same matched segment, play together, and are heard one at a time.
// Works by events that reach the document, so that content which htmx puts in needs no start of its own.

const states = new WeakMap(); // bench -> { chosen: list item or null, together: whether "play both" started them }

function stateOf(bench) {
  if (!states.has(bench)) states.set(bench, { chosen: null, together: false });
  return states.get(bench);
}

const playersOf = (bench) => [...bench.querySelectorAll("[data-player]")];
const segmentsOf = (bench) => [...bench.querySelectorAll("[data-segment]")];

// Where a segment lies in this player: null where it does not.
function stretch(segment, player) {
  const start = segment?.dataset[`${player.dataset.player}Start`];
  return start === undefined
    ? null
    : { start: Number(start), end: Number(segment.dataset[`${player.dataset.player}End`]) };
}

function begin(scope) {
  for (const part of scope.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const part of scope.querySelectorAll("[data-needs-no-script]")) part.hidden = true;
  for (const bench of scope.querySelectorAll("[data-bench]")) {
    const chosen = bench.querySelector("[data-heard]:checked");
    if (chosen) hear(bench, chosen.value);
  }
}

// Only one is heard at a time.
function hear(bench, side) {
  for (const player of playersOf(bench)) player.muted = player.dataset.player !== side;
}

function mark(bench, segment) {
  for (const one of segmentsOf(bench)) {
    const button = one.querySelector("[data-go]");
    if (one === segment) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

// Both players to a segment, `into` seconds behind its beginning.
function go(bench, segment, into = 0) {
  const state = stateOf(bench);
  state.chosen = segment;
  for (const player of playersOf(bench)) {
    const place = stretch(segment, player);
    if (place) player.currentTime = Math.min(place.start + into, place.end);
  }
  mark(bench, segment);
}

function step(bench, by) {
  const segments = segmentsOf(bench);
  const at = segments.indexOf(stateOf(bench).chosen);
  const next = at < 0 ? (by > 0 ? 0 : segments.length - 1) : Math.min(Math.max(at + by, 0), segments.length - 1);
  if (segments[next]) go(bench, segments[next]);
}

// Resolves once a player can go on from where it was moved to.
function ready(player) {
  if (!player.seeking && player.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) return Promise.resolve();
  return new Promise((done) => {
    for (const type of ["canplay", "seeked", "error"]) player.addEventListener(type, done, { once: true });
    player.preload = "auto";
  });
}

async function playOrPause(bench) {
  const players = playersOf(bench);
  const state = stateOf(bench);
  if (players.some((player) => !player.paused)) {
    for (const player of players) player.pause();
    return;
  }
  if (!state.chosen && segmentsOf(bench).length > 0) go(bench, segmentsOf(bench)[0]);
  state.together = true;
  const playing = players.filter((player) => !state.chosen || stretch(state.chosen, player));
  for (const player of playing) {
    const place = stretch(state.chosen, player);
    if (place && (player.currentTime < place.start - 0.1 || player.currentTime >= place.end - 0.1)) {
      player.currentTime = place.start;
    }
  }
  // Begun together, or one would be ahead of the other from the start.
  await Promise.all(playing.map(ready));
  for (const player of playing) player.play().catch(() => {});
}

function showPlaying(bench) {
  const button = bench.querySelector("[data-play]");
  if (!button) return;
  const playing = playersOf(bench).some((player) => !player.paused);
  button.dataset.rest ??= button.textContent;
  button.textContent = playing ? button.dataset.pause : button.dataset.rest;
  if (!playing) stateOf(bench).together = false;
}

// The line in waveform and frames, and the segment that is being played.
function follow(bench, player) {
  for (const track of bench.querySelectorAll(`svg[data-track="${player.dataset.player}"]`)) {
    const head = track.querySelector(".casework-head");
    const x = `${(player.currentTime / Number(track.dataset.length)) * 100}%`;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    head.setAttribute("visibility", "visible");
  }
  const state = stateOf(bench);
  const chosen = stretch(state.chosen, player);
  if (state.together && chosen && player.currentTime >= chosen.end) player.pause();
  if (player.paused || state.together) return;
  const now = segmentsOf(bench).find((one) => {
    const place = stretch(one, player);
    return place && place.start <= player.currentTime && player.currentTime < place.end;
  });
  state.chosen = now ?? null;
  mark(bench, now);
}

// A place in a waveform or a strip of frames: both go there if it is matched, else this one alone.
function goToPlace(bench, track, event) {
  const box = track.getBoundingClientRect();
  const second = ((event.clientX - box.left) / box.width) * Number(track.dataset.length);
  const player = playersOf(bench).find((one) => one.dataset.player === track.dataset.track);
  const hit = segmentsOf(bench).find((one) => {
    const place = stretch(one, player);
    return place && place.start <= second && second < place.end;
  });
  if (hit) go(bench, hit, second - stretch(hit, player).start);
  else player.currentTime = second;
}

function goInOne(bench, link) {
  const player = playersOf(bench).find((one) => one.dataset.player === link.dataset.goOne);
  player.currentTime = stretch(link.closest("[data-segment]"), player).start;
  player.play().catch(() => {});
}

document.addEventListener("click", (event) => {
  const bench = event.target.closest("[data-bench]");
  if (!bench || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const target = event.target.closest("[data-go], [data-go-one], [data-play], [data-step], [data-track]");
  if (!target) return;
  if (target.matches("[data-go]")) go(bench, target.closest("[data-segment]"));
  else if (target.matches("[data-play]")) playOrPause(bench);
  else if (target.matches("[data-step]")) step(bench, Number(target.dataset.step));
  else if (target.matches("[data-track]")) goToPlace(bench, target, event);
  else {
    event.preventDefault();
    goInOne(bench, target);
  }
});

document.addEventListener("input", (event) => {
  const bench = event.target.closest("[data-bench]");
  if (bench && event.target.matches("[data-heard]")) hear(bench, event.target.value);
  const picture = event.target.dataset?.opacity && document.getElementById(event.target.dataset.opacity);
  if (picture) picture.setAttribute("opacity", Number(event.target.value) / 100);
});

// What players report does not bubble, so it is caught on its way down.
function onPlayers(types, act) {
  for (const type of types) {
    document.addEventListener(
      type,
      (event) => {
        const bench = event.target.matches?.("[data-player]") && event.target.closest("[data-bench]");
        if (bench) act(bench, event.target);
      },
      true,
    );
  }
}

onPlayers(["timeupdate", "seeked"], follow);
onPlayers(["play", "pause", "ended"], showPlaying);
onPlayers(["volumechange"], (bench, player) => {
  if (player.muted) return;
  const radio = bench.querySelector(`[data-heard][value="${player.dataset.player}"]`);
  if (!radio) return;
  radio.checked = true;
  hear(bench, player.dataset.player);
});

// A number that leads to a passage inside something folded unfolds it.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details:not([open])");
  if (!folded) return;
  folded.open = true;
  target.scrollIntoView();
}

window.addEventListener("hashchange", unfold);

// While somebody listens, news about previews does not take the player away.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const listening = event.detail.target.id === "media" && event.detail.target.querySelector("[data-player]");
  if (listening && playersOf(event.detail.target).some((player) => !player.paused)) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentElement ?? document));

begin(document);
unfold();
