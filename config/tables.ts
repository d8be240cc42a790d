// Every table of a configuration by its TOML name. NAME and N stand for names the user chooses.
import { alertKeys, alertSettingKeys } from './alert-schema.ts';
import { checkKeys, fixKeys, issueKeys } from './check-schema.ts';
import { breakerKeys, breakerSettingKeys, jobKeys, jobSettingKeys } from './job-schema.ts';
import { apiKeys, ctlKeys } from './api-schema.ts';
import { daemonKeys } from './daemon-schema.ts';
import { groupKeys } from './group-schema.ts';
import { instanceKeys, programKeys, supervisordKeys } from './program-schema.ts';
import { logsKeys } from './logs-schema.ts';
import { poolKeys } from './pool-schema.ts';

export const tables = {
  daemon: daemonKeys,
  api: apiKeys,
  ctl: ctlKeys,
  logs: logsKeys,
  'programs.NAME': { ...programKeys, ...poolKeys, ...supervisordKeys },
  'programs.NAME.instance.N': instanceKeys,
  'groups.NAME': groupKeys,
  jobs: jobSettingKeys,
  'jobs.NAME': jobKeys,
  'checks.NAME': checkKeys,
  'fixes.NAME': fixKeys,
  issues: issueKeys,
  breakers: breakerSettingKeys,
  'breakers.NAME': breakerKeys,
  alerts: alertSettingKeys,
  'alerts.NAME': alertKeys,
};
