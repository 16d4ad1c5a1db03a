# frozen_string_literal: true

# The main app of the lab's web hosts. Like many real ones it asks the search service from /search and, less wisely, from /health.
require "json"
require "net/http"
require "uri"

SEARCH = URI(ENV.fetch("SEARCH_URL"))
HEALTH_500_FLAG = File.expand_path("tmp/health-500", __dir__)

def ask_search(path)
  http = Net::HTTP.new(SEARCH.host, SEARCH.port)
  http.open_timeout = 5
  http.read_timeout = 60
  http.max_retries = 0
  http.start { |search| search.get(path) }
end

def answer(status, type, body)
  [status, { "content-type" => type, "cache-control" => "no-store" }, [body]]
end

def search(query)
  words = URI.decode_www_form(query).to_h.fetch("q", "pit wall")
  found = JSON.parse(ask_search("/_search?#{URI.encode_www_form(q: words)}").body)
  lines = found["hits"]["hits"].map { |hit| "- #{hit["_source"]["text"]}" }
  answer(200, "text/plain", "#{found["hits"]["total"]["value"]} found\n#{lines.join("\n")}\n")
end

def health
  return answer(500, "text/plain", "unhealthy: the flag file says so\n") if File.exist?(HEALTH_500_FLAG)

  status = JSON.parse(ask_search("/_cluster/health").body)["status"]
  status == "green" ? answer(200, "text/plain", "ok\n") : answer(503, "text/plain", "unhealthy: search is #{status}\n")
end

def slow(query)
  seconds = URI.decode_www_form(query).to_h.fetch("seconds", "1").to_f.clamp(0, 120)
  sleep seconds
  answer(200, "text/plain", "slept #{seconds} s\n")
end

run(lambda do |env|
  case env["PATH_INFO"]
  when "/" then answer(200, "text/plain", "#{ENV.fetch("HOST_NAME")} at your service\n")
  when "/up" then answer(200, "text/plain", "up\n")
  when "/search" then search(env["QUERY_STRING"])
  when "/health" then health
  when "/slow" then slow(env["QUERY_STRING"])
  else answer(404, "text/plain", "not found\n")
  end
rescue SystemCallError, IOError, Timeout::Error, JSON::ParserError => error
  answer(503, "text/plain", "search does not answer: #{error.class}\n")
end)
