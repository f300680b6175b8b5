// Opens a reference to a second of a video in a dialog: the player stands there, with the transcript beside it.
// <video-references data-gone="…" data-failed="…"><dialog>… #reference-title, .reference-dialog__page, #reference-player</dialog></video-references>
// once a page, for each <a href="/videos/ID/?at=83.2&passage=v1f3">: the dialog loads /videos/ID/player/?at=83.2&passage=v1f3.
// With Ctrl, Command or Shift, or the middle button, the link is a link. Previews, and long lists, have elements of their own.
class VideoReferences extends HTMLElement {
  static links = 'a[href^="/videos/"][href*="at="]';
  #dialog; #body; #shown = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#body = this.querySelector("#reference-player");
    this.#dialog.addEventListener("close", ({ target }) => { if (target === this.#dialog) this.#empty(); });
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close(); });
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  static of(target) {
    const link = target.closest?.(VideoReferences.links);
    return link?.closest("#log, #details") ? link : null;
  }

  // The chip below the answer has the title of the video, a number in the text has not.
  static titleOf(link) {
    const chips = link.closest("article")?.querySelectorAll(".source-chip") ?? [];
    const chip = link.matches(".source-chip") ? link : [...chips].find((each) => each.getAttribute("href") === link.getAttribute("href"));
    const words = [...(chip?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(" ").trim();
    return link.dataset.title || chip?.dataset.title || words || link.title || link.textContent.trim();
  }

  #clicked = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = VideoReferences.of(event.target);
    if (!link) return;
    event.preventDefault();
    this.#open(link);
  };

  #open(link) {
    this.dispatchEvent(new CustomEvent("reference-opened", { bubbles: true }));
    this.querySelector("#reference-title").textContent = VideoReferences.titleOf(link);
    this.querySelector(".reference-dialog__page").href = link.href;
    this.#shown = link.href;
    this.#dialog.showModal();
    this.#load(link);
  }

  async #load({ href, pathname, search }) {
    this.#body.ariaBusy = "true";
    let html = "", said = this.dataset.failed;
    try {
      const answer = await fetch(`${pathname}player/${search}`, { headers: { "HX-Request": "true" } });
      if (answer.redirected) return location.assign(href);
      if (answer.ok) html = await answer.text();
      else if (answer.status === 404) said = this.dataset.gone;
    } catch { /* said already */ }
    if (this.#shown !== href) return;
    this.#body.ariaBusy = "false";
    if (html) htmx.swap(this.#body, html, { swapStyle: "innerHTML" });
    else this.#say(said);
  }

  #say(sentence) {
    this.#body.replaceChildren(Object.assign(document.createElement("p"), { className: "reference-dialog__said", role: "alert", textContent: sentence }));
  }

  // What plays must not go on behind the page.
  #empty() {
    this.#shown = "";
    this.#body.replaceChildren();
  }
}
customElements.define("video-references", VideoReferences);
