using System.Text.Json;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>Identity of a start: what was asked for, not what it was resolved to.</summary>
public static class StartRequest
{
    private const string Latest = "latest";

    /// <summary>
    /// SHA-256, lower-case hex, over path, requested version, requested hash and payload (members in any order, numbers
    /// by exact value). Two starts of one id with the same hash are one run. The resolver puts it into
    /// <c>start_hash</c> of <c>start_resolved</c>, which has it from there.
    /// </summary>
    public static string HashOf(Command start)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (start is { EventType: CommandTypes.StartResolved, StartHash: { } requested }) return requested;
        return CanonicalJson.Hash(
            start.PlaybookPath, start.PlaybookVersion ?? Latest, start.ContentHash, Payload(start.Payload));
    }

    private static string Payload(string? json)
    {
        if (json is null) return "{}";
        try
        {
            using var document = JsonDocument.Parse(json, JsonText.Reading);
            return CanonicalJson.Of(document.RootElement);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
