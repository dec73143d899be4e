using System.Text.Json.Nodes;

namespace KafkaFlow.Playbooks.Patching;

/// <summary>One operation of RFC 6902, with its place in the text of the patch.</summary>
internal sealed record PatchOperation(
    int Index, string Op, JsonPointer Path, JsonPointer? From, JsonNode? Value, Yaml.Position At);

/// <summary>An operation that cannot be applied: what was found, what it needs.</summary>
internal sealed class PatchException(string reason, string? found = null, string? expected = null) : Exception(reason)
{
    public string? Found => found;

    public string? Expected => expected;
}

/// <summary>
/// A document to which operations of RFC 6902 are applied one after the other. Members keep their order, new ones come
/// last. Copies are bounded: few operations can double a document often.
/// </summary>
internal sealed class JsonPatch(JsonNode? document)
{
    private const int NamesShown = 10;

    private int _copied;

    public JsonNode? Document { get; private set; } = document;

    /// <exception cref="PatchException">It does not apply; the document may have lost what was to be moved.</exception>
    public void Apply(PatchOperation operation)
    {
        switch (operation.Op)
        {
            case "add": Add(operation.Path, operation.Value?.DeepClone()); break;
            case "remove": Remove(operation.Path); break;
            case "replace": Replace(operation.Path, operation.Value?.DeepClone()); break;
            case "move": Move(operation.From!, operation.Path); break;
            case "copy": Copy(operation.From!, operation.Path); break;
            case "test": Test(operation.Path, operation.Value); break;
            default: throw new InvalidOperationException($"operation of unknown kind {operation.Op}");
        }
    }

    private void Add(JsonPointer path, JsonNode? value)
    {
        if (path.Tokens.Count + DepthOf(value) > PlaybookLimits.MaxDepth)
            throw new PatchException("the document would be nested too deeply", null,
                $"at most {PlaybookLimits.MaxDepth} levels");
        if (path.Tokens.Count == 0)
        {
            Document = value;
            return;
        }
        var name = path.Tokens[^1];
        switch (Find(path.Tokens, path.Tokens.Count - 1))
        {
            case JsonObject map: map[name] = value; break;
            case JsonArray list: list.Insert(name == "-" ? list.Count : Index(list, name, list.Count), value); break;
            case var other: throw NoContainer(other, name);
        }
    }

    private JsonNode? Remove(JsonPointer path)
    {
        if (path.Tokens.Count == 0)
            throw new PatchException("the whole document cannot be removed", "\"\"", "a place in it");
        var name = path.Tokens[^1];
        switch (Find(path.Tokens, path.Tokens.Count - 1))
        {
            case JsonObject map:
                var member = Member(map, name);
                map.Remove(name);
                return member;
            case JsonArray list:
                var index = Index(list, name, list.Count - 1);
                var item = list[index];
                list.RemoveAt(index);
                return item;
            case var other: throw NoContainer(other, name);
        }
    }

    private void Replace(JsonPointer path, JsonNode? value)
    {
        Find(path.Tokens, path.Tokens.Count);
        if (path.Tokens.Count > 0 && Find(path.Tokens, path.Tokens.Count - 1) is JsonArray) Remove(path);
        Add(path, value);
    }

    private void Move(JsonPointer from, JsonPointer path)
    {
        if (from.Text == path.Text)
        {
            Find(from.Tokens, from.Tokens.Count);
            return;
        }
        if (from.IsPrefixOf(path))
            throw new PatchException("nothing can be moved into itself", from.Text, "a path that is not within 'from'");
        Add(path, Remove(from));
    }

    private void Copy(JsonPointer from, JsonPointer path)
    {
        var value = Find(from.Tokens, from.Tokens.Count);
        _copied += SizeOf(value);
        if (_copied > PlaybookLimits.MaxSourceBytes)
            throw new PatchException("the patch copies too much", $"{_copied} characters",
                $"at most {PlaybookLimits.MaxSourceBytes}");
        Add(path, value?.DeepClone());
    }

    private void Test(JsonPointer path, JsonNode? expected)
    {
        var found = Find(path.Tokens, path.Tokens.Count);
        if (!JsonNode.DeepEquals(found, expected))
            throw new PatchException("the value is another one", Short(found), Short(expected));
    }

    /// <summary>What the first tokens of a path lead to.</summary>
    private JsonNode? Find(IReadOnlyList<string> tokens, int count)
    {
        var node = Document;
        for (var i = 0; i < count; i++)
        {
            node = node switch
            {
                JsonObject map => Member(map, tokens[i]),
                JsonArray list => list[Index(list, tokens[i], list.Count - 1)],
                _ => throw NoContainer(node, tokens[i]),
            };
        }
        return node;
    }

    private static JsonNode? Member(JsonObject map, string name) => map.TryGetPropertyValue(name, out var value)
        ? value
        : throw new PatchException($"there is no '{name}'", name,
            map.Count == 0 ? "a name in it; the map is empty"
                : $"one of {string.Join(", ", map.Select(m => m.Key).Take(NamesShown))}");

    private static int Index(JsonArray list, string token, int last)
    {
        if (JsonPointer.IndexOf(token) is { } index && index <= last) return index;
        throw new PatchException($"'{token}' is no index in a list of {list.Count}", token,
            last < 0 ? "nothing; the list is empty" : $"0 to {last}");
    }

    private static PatchException NoContainer(JsonNode? node, string token) =>
        new($"'{token}' is looked for in what is neither a map nor a list", Short(node), "a map or a list");

    private static int DepthOf(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Select(member => DepthOf(member.Value)).DefaultIfEmpty(0).Max(),
        JsonArray list => 1 + list.Select(DepthOf).DefaultIfEmpty(0).Max(),
        _ => 1,
    };

    private static int SizeOf(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(member => member.Key.Length + SizeOf(member.Value)),
        JsonArray list => 1 + list.Sum(SizeOf),
        JsonValue value when value.TryGetValue<string>(out var text) => 1 + text.Length,
        _ => 1,
    };

    private static string Short(JsonNode? node)
    {
        const int Shown = 80;
        var text = node?.ToJsonString() ?? "null";
        return text.Length <= Shown ? text : text[..Shown] + "..";
    }
}
