using System.Text.Json.Nodes;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Http;

/// <summary>What a request is answered with. A refusal's codes are those of Confluent Schema Registry.</summary>
/// <param name="Body">JSON; null if <paramref name="Text"/> is the body.</param>
internal sealed record Answer(int Status, JsonNode? Body, string? Text = null)
{
    /// <summary>Methods that the path does have; for the header of a 405.</summary>
    public string? Allow { get; private init; }

    public static Answer Ok(JsonNode body) => new(200, body);

    /// <summary>A body that is JSON text already: a schema.</summary>
    public static Answer OkText(string json) => new(200, null, json);

    public static Answer OkList<T>(IEnumerable<T> items) =>
        Ok(new JsonArray([.. items.Select(item => JsonValue.Create(item))]));

    public static Answer Refuse(int status, int code, string message) =>
        new(status, new JsonObject { ["error_code"] = code, ["message"] = message });

    public static Answer NoSubject(string subject) => Refuse(404, 40401, $"Subject '{subject}' not found.");

    public static Answer NoVersion(int number) => Refuse(404, 40402, $"Version {number} not found.");

    public static Answer NoSchema(string id = "") =>
        Refuse(404, 40403, id.Length == 0 ? "Schema not found" : $"Schema {id} not found");

    public static Answer InvalidSchema(string problem) => Refuse(422, 42201, problem);

    public static Answer InvalidVersion(string text) => Refuse(
        422, 42202, $"The specified version '{text}' is not a valid version id. Allowed values are between "
        + "[1, 2^31-1] and the string \"latest\"");

    public static Answer ReadOnly(string subject) => Refuse(422, 42205, $"Subject {subject} is in read-only mode");

    public static Answer StillReferenced(SchemaVersion version) => Refuse(
        422, 42206, "One or more references exist to the schema "
        + $"{{subject={version.Subject},version={version.Number}}}");

    public static Answer NoPath() => Refuse(404, 404, "HTTP 404 Not Found");

    public static Answer NoMethod(string allow) =>
        Refuse(405, 405, "HTTP 405 Method Not Allowed") with { Allow = allow };
}
