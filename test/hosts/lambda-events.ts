/** The events in which AWS passes an HTTP request to a function, with the headers that each of them keeps. */

export interface HostRequest {
  method: string
  /** Path and query. */
  target: string
  /** Flat like Node's `rawHeaders`. */
  headers: readonly string[]
  body?: string | undefined
}

const sourceIp = '192.0.2.1'

/** All values of each field. */
function gather(headers: readonly string[], write: (name: string) => string): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = write(headers[index] ?? '')
    fields[name] = [...(fields[name] ?? []), headers[index + 1] ?? '']
  }
  return fields
}

const keep = (name: string) => name
const lower = (name: string) => name.toLowerCase()

const mapValues = (fields: Record<string, string[]>, choose: (values: string[]) => string | undefined) =>
  Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, choose(values)]))

const last = (values: string[]) => values.at(-1)

function split(target: string): { path: string; query: string; parameters: Record<string, string[]> } {
  const [path = '', query = ''] = target.split('?')
  const parameters: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(query)) parameters[name] = [...(parameters[name] ?? []), value]
  return { path, query, parameters }
}

const bodyOf = ({ body = '' }: HostRequest) => ({ body, isBase64Encoded: false })

/** REST APIs of API Gateway: unchanged names, all values and the last of each. */
function apiGatewayV1(request: HostRequest) {
  const { path, parameters } = split(request.target)
  const fields = gather(request.headers, keep)
  return {
    version: '1.0',
    resource: '/{proxy+}',
    path,
    httpMethod: request.method,
    headers: mapValues(fields, last),
    multiValueHeaders: fields,
    queryStringParameters: mapValues(parameters, last),
    multiValueQueryStringParameters: parameters,
    requestContext: {
      stage: 'prod',
      resourcePath: '/{proxy+}',
      identity: { sourceIp },
      httpMethod: request.method,
      path,
    },
    ...bodyOf(request),
  }
}

/** HTTP APIs of API Gateway, and function URLs: names in lower case, values joined with a comma. */
function apiGatewayV2(request: HostRequest) {
  const { path, query, parameters } = split(request.target)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    queryStringParameters: mapValues(parameters, (values) => values.join(',')),
    headers: mapValues(gather(request.headers, lower), (values) => values.join(',')),
    requestContext: { stage: '$default', http: { method: request.method, path, sourceIp } },
    ...bodyOf(request),
  }
}

const ofLoadBalancer = (request: HostRequest) => ({
  httpMethod: request.method,
  path: split(request.target).path,
  requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/orders/1' } },
  ...bodyOf(request),
})

/** A load balancer: names in lower case, the last value of each. */
function loadBalancer(request: HostRequest) {
  return {
    ...ofLoadBalancer(request),
    headers: mapValues(gather(request.headers, lower), last),
    queryStringParameters: mapValues(split(request.target).parameters, last),
  }
}

/** A load balancer with multi-value headers: names in lower case, all values. */
function loadBalancerWithLists(request: HostRequest) {
  return {
    ...ofLoadBalancer(request),
    multiValueHeaders: gather(request.headers, lower),
    multiValueQueryStringParameters: split(request.target).parameters,
  }
}

export const events = {
  'API Gateway v1': apiGatewayV1,
  'API Gateway v2': apiGatewayV2,
  'load balancer': loadBalancer,
  'load balancer, multi-value': loadBalancerWithLists,
} satisfies Record<string, (request: HostRequest) => object>

export type EventName = keyof typeof events
