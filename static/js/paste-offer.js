// Offers to make a file of a long text that was pasted; the text stays where it is until the person says so.
// <paste-offer hidden data-pasted="Pasted {count} characters." data-added="…" data-name="pasted"><span class="paste-offer__said"></span>
//   <button data-as-file>…</button><button data-back hidden>…</button><button data-keep>…</button></paste-offer> in the composer's form.
// Says files-chosen {files} on body.
class PasteOffer extends HTMLElement {
  #box; #text = ""; #file = "";

  connectedCallback() {
    this.#box = this.closest("form").elements.content;
    this.#box.addEventListener("paste", this.#pasted);
    this.#box.addEventListener("input", () => this.#stillThere());
    this.closest("form").addEventListener("message-taken", () => this.#close());
    this.querySelector("[data-as-file]").addEventListener("click", () => this.#makeFile());
    this.querySelector("[data-back]").addEventListener("click", () => this.#putBack());
    this.querySelector("[data-keep]").addEventListener("click", () => { this.#close(); this.#box.focus(); });
  }

  disconnectedCallback() { this.#box.removeEventListener("paste", this.#pasted); }

  #pasted = ({ clipboardData }) => {
    const text = clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    if (text.length <= 2000 && text.split("\n").length <= 40) return;
    this.#text = text;
    this.#file = "";
    this.#say(this.dataset.pasted.replace("{count}", text.length.toLocaleString("en")), true);
  };

  #say(sentence, offers) {
    this.hidden = false;
    this.querySelector(".paste-offer__said").textContent = sentence;
    this.querySelector("[data-as-file]").hidden = !offers;
    this.querySelector("[data-back]").hidden = offers;
  }

  // Changed since, the text in the box is no longer what was pasted.
  #stillThere() {
    if (!this.hidden && !this.#file && this.#text && !this.#box.value.includes(this.#text)) this.#close();
  }

  #makeFile() {
    const at = this.#box.value.lastIndexOf(this.#text);
    if (at < 0) return this.#close();
    this.#file = `${this.dataset.name}-${new Date().toTimeString().slice(0, 8).replaceAll(":", "")}.txt`;
    this.#box.setRangeText("", at, at + this.#text.length, "end");
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.dispatchEvent(new CustomEvent("files-chosen", { detail: { files: [new File([this.#text], this.#file, { type: "text/plain" })] } }));
    this.#say(this.dataset.added, false);
    this.#box.focus();
  }

  #putBack() {
    const chip = [...this.closest("form").querySelectorAll(".file-chip")].find((each) => each.querySelector(".file-chip__name")?.textContent === this.#file);
    chip?.querySelector("button:last-of-type")?.click();
    const at = this.#box.selectionEnd;
    this.#box.setRangeText(this.#text, at, at, "end");
    this.#box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#close();
    this.#box.focus();
  }

  #close() {
    this.hidden = true;
    this.#text = this.#file = "";
  }
}
customElements.define("paste-offer", PasteOffer);
