// Shows a file in a dialog: a picture as a picture, everything else as plain text.
// <file-preview data-empty="…" data-failed="…"><dialog>… #preview-name, .file-preview__picture, .file-preview__text, [data-about], a[data-download]</dialog></file-preview>
// once a page, for each <a href="/attachments/ID/preview/" data-preview="picture" data-name data-about data-download>.
class FilePreview extends HTMLElement {
  #dialog; #shown = "";

  connectedCallback() {
    this.#dialog = this.querySelector("dialog");
    this.#dialog.addEventListener("close", () => this.#empty());
    this.#dialog.addEventListener("click", ({ target }) => { if (target === this.#dialog) this.#dialog.close(); });
    document.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() { document.removeEventListener("click", this.#clicked); }

  #clicked = (event) => {
    const link = event.target.closest?.("a[data-preview]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#show(link);
  };

  #show(link) {
    const { preview, name, about, download } = link.dataset;
    this.#shown = link.href;
    this.querySelector("#preview-name").textContent = name;
    this.querySelector("[data-about]").textContent = about;
    this.querySelector("a[data-download]").href = download;
    const picture = this.querySelector(".file-preview__picture"), text = this.querySelector(".file-preview__text");
    picture.hidden = preview !== "picture";
    text.hidden = !picture.hidden;
    if (picture.hidden) this.#read(link.href, text);
    else Object.assign(picture, { src: link.href, alt: name });
    this.#dialog.showModal();
  }

  async #read(address, text) {
    text.textContent = "";
    text.ariaBusy = "true";
    let said;
    try {
      const answer = await fetch(address);
      said = answer.ok ? (await answer.text()) || this.dataset.empty : this.dataset.failed;
    } catch { said = this.dataset.failed; }
    if (this.#shown !== address) return;
    text.ariaBusy = "false";
    text.textContent = said;
  }

  #empty() {
    this.#shown = "";
    this.querySelector(".file-preview__picture").removeAttribute("src");
    this.querySelector(".file-preview__text").textContent = "";
  }
}
customElements.define("file-preview", FilePreview);
