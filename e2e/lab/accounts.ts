/** Makes what the app writes to, where it is not there yet. */
export const accountsTable = `
  create table if not exists accounts (id int primary key, balance int not null);
  insert into accounts select n, 0 from generate_series(1, 1000) n on conflict do nothing;`;
