using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks.Patching;

/// <summary>Reads the text of a patch: a JSON list of operations.</summary>
internal sealed class PatchReader(string text, DiagnosticList problems)
{
    private const string Form = "[{\"op\": \"replace\", \"path\": \"/workflow/STEP/..\", \"value\": ..}, ..]";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly string[] Ops = ["add", "remove", "replace", "move", "copy", "test"];

    /// <returns>The operations; of use only if no error was reported.</returns>
    public IReadOnlyList<PatchOperation> Read()
    {
        var operations = new List<PatchOperation>();
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > PlaybookLimits.MaxPatchBytes)
        {
            problems.Error(new(1, 1), DiagnosticCodes.TooLarge, "the patch is too large", $"{bytes} bytes",
                $"at most {PlaybookLimits.MaxPatchBytes} bytes");
            return operations;
        }
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            Read(document.RootElement, operations);
        }
        catch (JsonException e)
        {
            // The column counts bytes, which is a place in the line only for plain letters: the line has to do.
            problems.Error(new((int)(e.LineNumber ?? 0) + 1, 1), DiagnosticCodes.BadPatch,
                $"the patch is no JSON: {e.Message}", "no JSON", Form);
        }
        catch (InvalidOperationException e)
        {
            problems.Error(new(1, 1), DiagnosticCodes.BadPatch, $"the patch has text that is no Unicode: {e.Message}",
                "half a surrogate pair", "whole characters");
        }
        return operations;
    }

    private void Read(JsonElement root, List<PatchOperation> operations)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            problems.Error(new(1, 1), DiagnosticCodes.BadPatch, "the patch is no list of operations",
                Word(root.ValueKind), Form);
            return;
        }
        if (root.GetArrayLength() > PlaybookLimits.MaxPatchOperations)
        {
            problems.Error(new(1, 1), DiagnosticCodes.TooLarge, "the patch has too many operations",
                $"{root.GetArrayLength()}", $"at most {PlaybookLimits.MaxPatchOperations}");
            return;
        }
        var places = Places();
        foreach (var (index, item) in root.EnumerateArray().Index())
            if (Operation(index, item, places[index]) is { } operation) operations.Add(operation);
    }

    private PatchOperation? Operation(int index, JsonElement item, Position at)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return Refuse(index, at, "it is no object", Word(item.ValueKind), "{\"op\": .., \"path\": ..}");
        if (Text(item, "op") is not { } op || !Ops.Contains(op))
            return Refuse(index, at, "it has no usable 'op'", Raw(item, "op"), $"one of {string.Join(", ", Ops)}");
        if (Pointer(index, item, "path", at) is not { } path) return null;
        JsonPointer? from = null;
        if (op is "move" or "copy" && (from = Pointer(index, item, "from", at)) is null) return null;
        JsonNode? value = null;
        if (op is "add" or "replace" or "test")
        {
            if (!item.TryGetProperty("value", out var given))
                return Refuse(index, at, $"{op} of '{path.Text}' has no 'value'", null, "\"value\": ..");
            value = JsonNode.Parse(given.GetRawText());
            CheckTexts(value);
        }
        return new(index, op, path, from, value, at);
    }

    /// <summary>Names and texts are decoded when they are first used: here, where it can be reported.</summary>
    private static void CheckTexts(JsonNode? node)
    {
        if (node is JsonObject map)
            foreach (var (_, value) in map) CheckTexts(value);
        else if (node is JsonArray list)
            foreach (var item in list) CheckTexts(item);
        else if (node?.GetValueKind() == JsonValueKind.String)
            node.GetValue<string>();
    }

    private JsonPointer? Pointer(int index, JsonElement item, string name, Position at)
    {
        if (Text(item, name) is not { } given)
        {
            Refuse(index, at, $"it has no '{name}'", Raw(item, name), "a JSON pointer like \"/workflow/STEP\"");
            return null;
        }
        if (JsonPointer.Parse(given, out var reason) is { } pointer) return pointer;
        Refuse(index, at, $"its {name} '{given}' is no JSON pointer: {reason}", given, "/name/name/..");
        return null;
    }

    private PatchOperation? Refuse(int index, Position at, string reason, string? found, string? expected)
    {
        problems.Error(at, DiagnosticCodes.BadPatch, $"operation {index}: {reason}", found, expected);
        return null;
    }

    /// <summary>Where each operation begins.</summary>
    private List<Position> Places()
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes);
        var places = new List<Position>();
        var lines = new SourceLines(text);
        var (seenBytes, seenChars) = (0, 0);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                continue;
            var start = (int)reader.TokenStartIndex;
            seenChars += Encoding.UTF8.GetCharCount(bytes, seenBytes, start - seenBytes);
            seenBytes = start;
            places.Add(lines.PositionOf(seenChars));
        }
        return places;
    }

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Raw(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? Word(value.ValueKind, value) : null;

    private static string Word(JsonValueKind kind, JsonElement value = default) => kind switch
    {
        JsonValueKind.Object => "a map",
        JsonValueKind.Array => "a list",
        JsonValueKind.String when value.ValueKind == JsonValueKind.String => value.GetString()!,
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "nothing",
        _ => "a boolean",
    };
}
