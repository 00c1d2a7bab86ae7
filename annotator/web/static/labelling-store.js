// Acts that the server has not confirmed, kept in the browser's database so that they outlive the page.

const DATABASE = "annotator";
const STORE = "acts";
const PATIENCE = 3000;

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A database that never answers must not hold up labelling. */
function late() {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("late")), PATIENCE));
}

/** Every record has `key`, `person`, `project` and `order`, by which acts are sent again as they were given. */
export class Store {
  constructor() {
    this.isKept = true;
    this.writing = Promise.resolve();
    this.opened = this.open().catch(() => {
      // Private windows and broken profiles have no database: then the page alone keeps what is unsent.
      this.isKept = false;
      return null;
    });
  }

  async open() {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    const database = await Promise.race([settled(request), late()]);
    database.onversionchange = () => database.close();
    return database;
  }

  /** Write after what was asked for before; a failure is remembered and shown, never thrown. */
  change(act) {
    this.writing = this.writing.then(async () => {
      const database = await this.opened;
      if (!database) return;
      try {
        const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
        act(transaction.objectStore(STORE));
        await new Promise((resolve, reject) => {
          transaction.oncomplete = resolve;
          transaction.onabort = () => reject(transaction.error);
        });
      } catch {
        this.isKept = false;
      }
    });
    return this.writing;
  }

  put(record) {
    return this.change((acts) => acts.put(record));
  }

  remove(keys) {
    return this.change((acts) => keys.forEach((key) => acts.delete(key)));
  }

  /** Everything that is kept, oldest first. */
  async all() {
    const database = await this.opened;
    if (!database) return [];
    try {
      const records = await settled(database.transaction(STORE).objectStore(STORE).getAll());
      return records.sort((one, other) => one.order - other.order);
    } catch {
      this.isKept = false;
      return [];
    }
  }
}
