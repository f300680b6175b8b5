// A player and the transcript beside it: they stand at the same second. A press on a line leads there; the line being said is
// marked and kept in view until somebody scrolls the transcript themselves; words are found in it.
// <video-player data-at="83.2" data-link="https://…?t={at}" data-open="Open at {at}"><video|audio … or <a data-elsewhere><span>
//   <input data-find hidden> <button data-follow hidden> <p data-count data-one data-many="{count} …" data-none> <p data-problem hidden>
//   <div data-list><ol><li><a data-at="83200">…</a></li></ol></div></video-player>
// Says video-at {seconds} on itself when it stands elsewhere by a press.
class VideoPlayer extends HTMLElement {
  #media; #list; #cues = []; #starts = []; #current = -1; #follows = true; #texts;

  connectedCallback() {
    this.#media = this.querySelector("video, audio");
    this.#list = this.querySelector("[data-list]");
    this.#cues = [...this.querySelectorAll("[data-list] a")];
    this.#starts = this.#cues.map((cue) => Number(cue.dataset.at));
    for (const cue of this.#cues) cue.tabIndex = -1; // one stop for all of them; arrows lead on
    this.#stand();
    if (this.#list) this.#listen();
    if (this.#media) this.#watch();
  }

  disconnectedCallback() { this.#media?.pause(); }

  #stand() {
    const at = Number(this.dataset.at);
    this.#mark(at * 1000);
    if (this.#cues.length) {
      const marked = this.querySelector(".cue--marked");
      (this.#cues[Math.max(this.#current, 0)]).tabIndex = 0;
      if (at || marked) this.#shown(() => this.#show(marked ?? this.#cues[this.#current]));
    }
    if (!this.#media || !at) return;
    const seek = () => { if (Math.abs(this.#media.currentTime - at) > 0.05) this.#media.currentTime = at; };
    if (this.#media.readyState) seek();
    else this.#media.addEventListener("loadedmetadata", seek, { once: true });
  }

  // Once it is seen: a dialog is filled before it opens.
  #shown(then) {
    const watch = new ResizeObserver(() => {
      if (!this.#list.clientHeight) return;
      watch.disconnect();
      then();
    });
    watch.observe(this.#list);
  }

  #watch() {
    for (const kind of ["timeupdate", "seeked"]) this.#media.addEventListener(kind, () => this.#mark(this.#media.currentTime * 1000 + 1, true));
    const problem = this.querySelector("[data-problem]");
    if (this.#media.error) problem.hidden = false;
    this.#media.addEventListener("error", () => { problem.hidden = false; });
  }

  #listen() {
    const find = this.querySelector("[data-find]");
    find.hidden = false;
    find.addEventListener("input", () => this.#find(find.value));
    find.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.#cues.find((cue) => !cue.parentElement.hidden)?.focus(); } });
    this.querySelector("[data-follow]").addEventListener("click", () => { this.#following(true); this.#show(this.#cues[this.#current]); });
    this.#list.addEventListener("click", this.#pressed);
    this.#list.addEventListener("keydown", this.#moved);
    for (const kind of ["wheel", "touchmove", "pointerdown"]) this.#list.addEventListener(kind, () => this.#following(false), { passive: true });
  }

  #pressed = (event) => {
    const cue = event.target.closest("a[data-at]");
    if (!cue || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const ms = Number(cue.dataset.at);
    if (this.#media) this.#media.currentTime = ms / 1000;
    else this.#lead(ms);
    this.#focused(cue);
    this.#mark(ms + 1);
    this.#following(true);
    this.dispatchEvent(new CustomEvent("video-at", { bubbles: true, detail: { seconds: ms / 1000 } }));
  };

  // Elsewhere: the link of that site leads to this second.
  #lead(ms) {
    const link = this.querySelector("[data-elsewhere]");
    if (!link) return;
    const whole = Math.floor(ms / 1000);
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    const clock = hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
    link.href = this.dataset.link.replaceAll("{at}", whole);
    link.querySelector("span").textContent = this.dataset.open.replace("{at}", clock);
  }

  #moved = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const at = this.#cues.indexOf(event.target.closest("a[data-at]"));
    if (!step || at < 0) return;
    event.preventDefault();
    const shown = this.#cues.filter((cue) => !cue.parentElement.hidden);
    const next = shown[Math.min(shown.length - 1, Math.max(0, shown.indexOf(this.#cues[at]) + step))];
    this.#following(false);
    this.#focused(next);
    next.focus();
  };

  #focused(cue) {
    for (const each of this.#list.querySelectorAll('a[tabindex="0"]')) each.tabIndex = -1;
    cue.tabIndex = 0;
  }

  // The last line that has begun.
  #at(ms) {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #mark(ms, shows = false) {
    const at = this.#at(ms);
    if (at === this.#current) return;
    this.#list?.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.#current = at;
    const cue = this.#cues[at];
    cue?.setAttribute("aria-current", "true");
    if (cue && shows && this.#follows && !cue.parentElement.hidden) this.#show(cue);
  }

  // Only the transcript scrolls, never the page. Of lines far away a browser guesses the heights: it is looked at again.
  #show(cue, tries = 3) {
    if (!cue || !tries) return;
    const [box, row] = [this.#list.getBoundingClientRect(), cue.getBoundingClientRect()];
    if (row.top >= box.top + 8 && row.bottom <= box.bottom - box.height / 3) return;
    this.#list.scrollTop += row.top - box.top - box.height / 4;
    requestAnimationFrame(() => this.#show(cue, tries - 1));
  }

  #following(on) {
    this.#follows = on;
    this.querySelector("[data-follow]").hidden = on || !this.#media;
  }

  #find(typed) {
    const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    this.#texts ??= this.#cues.map((cue) => fold(cue.querySelector(".cue__text").textContent));
    const words = fold(typed).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [at, cue] of this.#cues.entries()) {
      const fits = words.every((word) => this.#texts[at].includes(word));
      if (cue.parentElement.hidden === fits) cue.parentElement.hidden = !fits;
      count += fits;
    }
    for (const group of this.#list.children) group.hidden = !group.querySelector("li:not([hidden])");
    const said = this.querySelector("[data-count]");
    const { one, many, none } = said.dataset;
    said.textContent = !words.length ? "" : count === 1 ? one : count ? many.replace("{count}", count.toLocaleString()) : none;
    this.#highlight(words, fold);
    const first = this.#cues.find((cue) => cue.tabIndex === 0 && !cue.parentElement.hidden) ?? this.#cues.find((cue) => !cue.parentElement.hidden);
    if (first) this.#focused(first);
    if (!words.length) this.#show(this.#cues[this.#current]);
  }

  // Where folding keeps the places of letters; the first few hundred lines, which is what can be looked at.
  #highlight(words, fold) {
    if (!globalThis.CSS?.highlights) return;
    const ranges = [];
    const shown = words.length ? this.#cues.filter((cue) => !cue.parentElement.hidden).slice(0, 300) : [];
    for (const cue of shown) {
      const node = cue.querySelector(".cue__text").lastChild;
      const text = node.nodeType === Node.TEXT_NODE ? node.data : "";
      const folded = fold(text);
      if (folded.length !== text.length) continue;
      for (const word of words) {
        const from = folded.indexOf(word);
        if (from >= 0) ranges.push(new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: from + word.length }));
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }
}
customElements.define("video-player", VideoPlayer);
