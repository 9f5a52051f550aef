import { makeDataSource } from './src/store/data-source';

/** The data source of the TypeORM CLI: `npm run build && npx typeorm migration:show -d dist/ormconfig.js`. */
export default makeDataSource({
  url: process.env.DATABASE_URL ?? 'mysql://root@127.0.0.1:3306/warren',
  connectionLimit: 2,
});
