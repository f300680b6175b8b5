// Opens a reference to a second of a video in a dialog: the player stands there, with the transcript beside it.
// <video-references data-wait="Loading…" data-gone="…" data-failed="…"><dialog><div id="reference-player"></div></dialog><template>… #loaded-title,
// [role=status]</template></video-references> once a page, for each <a href="/videos/ID/?at=83.2&passage=v1f3"> of the log and the
// details: the dialog loads /videos/ID/player/?at=83.2&passage=v1f3, which has a head of its own; the template's stands until then,
// and where the video is not there for this person. With Ctrl, Command, Shift or the middle button the link is a link.
// Says reference-opened on itself.
class VideoReferences extends HTMLElement {
  #dialog; #inside; #shown = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#inside = this.querySelector("#reference-player");
    this.#dialog.addEventListener("close", ({ target }) => { if (target === this.#dialog) this.#empty(); });
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close(); });
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  #clicked = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('a[href^="/videos/"][href*="at="]');
    if (!link?.closest("#log, #details")) return;
    event.preventDefault();
    this.#open(link);
  };

  #open(link) {
    this.dispatchEvent(new CustomEvent("reference-opened", { bubbles: true }));
    this.#shown = link.href;
    this.#inside.replaceChildren(this.querySelector("template").content.cloneNode(true));
    this.querySelector("#loaded-title").textContent = this.#titleOf(link);
    this.#say(this.dataset.wait);
    this.#dialog.showModal();
    this.#load(link);
  }

  // The chip below the answer has the title of the video, the number in its text has not.
  #titleOf(link) {
    const chips = [link, ...(link.closest("article")?.querySelectorAll(".source-chip") ?? [])];
    const chip = chips.find((each) => each.matches(".source-chip") && each.getAttribute("href") === link.getAttribute("href"));
    const words = [...(chip?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(" ").trim();
    return link.dataset.title || words || link.textContent.trim();
  }

  async #load({ href, pathname, search }) {
    let html = "", said = this.dataset.failed;
    try {
      const answer = await fetch(`${pathname}player/${search}`, { headers: { "HX-Request": "true" } });
      if (answer.redirected) return location.assign(href);
      if (answer.ok) html = await answer.text();
      else if (answer.status === 404) said = this.dataset.gone;
    } catch { /* said already */ }
    if (this.#shown !== href) return;
    if (!html) return this.#say(said);
    htmx.swap(this.#inside, html, { swapStyle: "innerHTML" });
    this.#inside.querySelector(".dialog__head button")?.focus();
  }

  #say(sentence) { this.#inside.querySelector(".reference-dialog__said").textContent = sentence; }

  // What plays must not go on behind the page.
  #empty() {
    this.#shown = "";
    this.#inside.replaceChildren();
  }
}
customElements.define("video-references", VideoReferences);
