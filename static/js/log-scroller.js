// Follows the answer while it grows. After a send the question stands near the top and the answer fills the room below.
// <log-scroller><div id="log">…<div id="messages">…</div><div class="log__room"></div></div><button data-jump hidden></button></log-scroller>
// The reader's own wheel, touch, key or drag ends the following; distance alone never does.
class LogScroller extends HTMLElement {
  #log; #messages; #following = true; #question = ""; #own = -1; #touched = -1e9;
  #sizes = new ResizeObserver(() => this.#settle());
  #arrivals = new MutationObserver((records) => this.#arrived(records));

  connectedCallback() {
    this.#log = this.querySelector("#log");
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      this.#log.addEventListener(kind, () => { this.#touched = performance.now(); }, { passive: true });
    }
    this.#log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const jump = this.querySelector("[data-jump]");
    jump.addEventListener("click", () => this.#jump());
    // The button lies over the log: a wheel turned on it is meant for the log.
    jump.addEventListener("wheel", ({ deltaY }) => { this.#touched = performance.now(); this.#log.scrollBy(0, deltaY); }, { passive: true });
    document.body.addEventListener("frame-applied", this.#watch);
    document.body.addEventListener("message-sending", this.#resume);
    document.body.addEventListener("hold-place", this.#hold);
    this.#following = !this.#window && !(location.hash && document.getElementById(location.hash.slice(1)));
    this.#sizes.observe(this.#log);
    this.#watch();
  }

  disconnectedCallback() {
    this.#sizes.disconnect();
    this.#arrivals.disconnect();
    document.body.removeEventListener("frame-applied", this.#watch);
    document.body.removeEventListener("message-sending", this.#resume);
    document.body.removeEventListener("hold-place", this.#hold);
  }

  #resume = () => { this.#following = true; this.#touched = -1e9; };

  #hold = () => { this.#following = false; this.#showJump(); };

  // A piece of the log that does not live: its end is not the conversation's.
  get #window() { return document.getElementById("window"); }

  // A frame may replace the list as a whole.
  #watch = () => {
    const messages = this.querySelector("#messages");
    if (messages !== this.#messages) {
      if (this.#messages) this.#sizes.unobserve(this.#messages);
      this.#messages = messages;
      this.#arrivals.disconnect();
      this.#arrivals.observe(messages, { childList: true });
      this.#sizes.observe(messages);
      this.#settle();
    }
  };

  #arrived(records) {
    this.closest(".conversation")?.classList.toggle("conversation--empty", !this.#messages.children.length);
    const gone = new Set(records.flatMap((record) => [...record.removedNodes]).map((node) => node.id));
    const asked = [...this.#messages.children].slice(-2).find((node) => node.dataset.role === "user");
    const isNew = asked && !gone.has(asked.id) && records.some((record) => [...record.addedNodes].includes(asked));
    if (isNew && this.#following) this.#question = asked.id;
    this.#settle();
  }

  #settle() {
    const end = this.#messages.offsetTop + this.#messages.offsetHeight;
    this.querySelector(".log__room").style.blockSize = `${Math.max(0, Math.floor(this.#top() + this.#log.clientHeight - end))}px`;
    // A wheel turned just now decides first, by its scroll event.
    if (this.#following && this.#messages.children.length && performance.now() - this.#touched > 150) this.#pin();
    this.#showJump();
  }

  #top() {
    const asked = this.#question && document.getElementById(this.#question);
    if (!asked) return -Infinity;
    const whole = asked.offsetTop - 16;
    return Math.max(whole, asked.offsetTop + asked.offsetHeight - this.#log.clientHeight * 0.4);
  }

  #pin() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#own = this.#log.scrollTop;
  }

  #atEnd() { return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 24; }

  #scrolled() {
    if (Math.abs(this.#log.scrollTop - this.#own) <= 1) return;
    const byReader = performance.now() - this.#touched < 1000;
    if (byReader) this.#touched = performance.now();
    if (this.#atEnd()) this.#following = !this.#window;
    else if (byReader) this.#following = false;
    this.#own = -1;
    this.#showJump();
  }

  // Room that was made below the last message is no distance.
  get #endInView() {
    const last = this.#messages.lastElementChild;
    return !last || last.offsetTop + last.offsetHeight - this.#log.scrollTop - this.#log.clientHeight < 24;
  }

  #showJump() {
    const away = !this.#endInView;
    this.classList.toggle("is-away", away);
    this.querySelector("[data-jump]").hidden = this.#following || !away || Boolean(this.#window);
  }

  #jump() {
    this.#resume();
    this.#settle();
    this.#log.focus({ preventScroll: true });
  }
}
customElements.define("log-scroller", LogScroller);
