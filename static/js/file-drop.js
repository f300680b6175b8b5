// Files dropped anywhere on the conversation, or pasted into the message box, are attached.
// <main><file-drop hidden>what is shown over the conversation meanwhile</file-drop><textarea id="message-box">…</main>
// Says files-chosen {files} on body. Elsewhere on the page a file does nothing: the browser would leave for it.
class FileDrop extends HTMLElement {
  #place; #box; #depth = 0;

  connectedCallback() {
    this.#place = this.closest("main");
    this.#box = document.getElementById("message-box");
    for (const kind of ["dragenter", "dragleave", "dragover", "drop"]) window.addEventListener(kind, this.#dragged);
    this.#box?.addEventListener("paste", this.#pasted);
  }

  disconnectedCallback() {
    for (const kind of ["dragenter", "dragleave", "dragover", "drop"]) window.removeEventListener(kind, this.#dragged);
    this.#box?.removeEventListener("paste", this.#pasted);
  }

  #dragged = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const over = this.#place.contains(event.target);
    event.dataTransfer.dropEffect = over ? "copy" : "none";
    if (event.type === "dragenter" && over) this.#depth += 1;
    if (event.type === "dragleave" && over) this.#depth -= 1;
    if (event.type === "drop") this.#depth = 0;
    this.hidden = this.#depth <= 0;
    if (event.type === "drop" && over) this.#choose(this.#whole(event.dataTransfer));
  };

  // A folder comes as a file that cannot be read.
  #whole(data) {
    const items = [...data.items].filter((item) => item.kind === "file");
    if (!items.length) return [...data.files];
    return items.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile()).filter(Boolean);
  }

  // Office programs put a picture of the text beside it: then the text is meant.
  #pasted = (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    this.#choose(files);
  };

  #choose(files) {
    if (files.length) document.body.dispatchEvent(new CustomEvent("files-chosen", { detail: { files } }));
  }
}
customElements.define("file-drop", FileDrop);
