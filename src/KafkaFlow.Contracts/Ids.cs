namespace KafkaFlow.Contracts;

/// <summary>Execution ids: <c>[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}</c>.</summary>
public static class ExecutionIds
{
    public const int MaxLength = 128;

    /// <returns>null if valid, else what is wrong, naming the offending character and its position.</returns>
    public static string? Problem(string id)
    {
        if (id.Length == 0) return "execution_id is empty; expected 1..128 characters of [A-Za-z0-9._:~-]";
        if (id.Length > MaxLength) return $"execution_id has {id.Length} characters; at most {MaxLength} are allowed";
        for (var i = 0; i < id.Length; i++)
        {
            var c = id[i];
            if (char.IsAsciiLetterOrDigit(c) || (i > 0 && c is ('.' or '_' or ':' or '~' or '-'))) continue;
            var shown = char.IsControl(c) || c > '~' ? $"U+{(int)c:X4}" : $"'{c}'";
            return i == 0
                ? $"execution_id starts with {shown}; expected a letter or digit"
                : $"execution_id has {shown} at position {i}; expected [A-Za-z0-9._:~-]";
        }
        return null;
    }
}

/// <summary>An activation: a step's visit and, inside loops, its item numbers: <c>fetch#2[17]</c>.</summary>
public static class Activations
{
    public static string Of(string step, int visit) => $"{step}#{visit}";

    public static string Item(string loop, int index) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{loop}[{index}]");

    /// <returns>The activation whose item this is, and its number; null for a visit itself.</returns>
    public static (string Loop, int Index)? LoopOf(string activation)
    {
        if (activation.Length == 0 || activation[^1] != ']') return null;
        var open = activation.LastIndexOf('[');
        return open > 0 && int.TryParse(activation.AsSpan(open + 1, activation.Length - open - 2),
            System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)
            ? (activation[..open], index) : null;
    }

    /// <returns>The visit that an item, at whatever depth, belongs to.</returns>
    public static string VisitOf(string activation)
    {
        var open = activation.IndexOf('[', StringComparison.Ordinal);
        return open < 0 ? activation : activation[..open];
    }

    public static string StepOf(string activation)
    {
        var hash = activation.IndexOf('#', StringComparison.Ordinal);
        return hash < 0 ? activation : activation[..hash];
    }
}

/// <summary>Step names: <c>[A-Za-z_][A-Za-z0-9_-]{0,63}</c>; node types: <c>[a-z0-9-]{1,60}</c>.</summary>
public static class Names
{
    public const int MaxStepLength = 64;
    public const int MaxNodeTypeLength = 60;

    public static bool IsStep(string name) =>
        name.Length is > 0 and <= MaxStepLength
        && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    public static bool IsNodeType(string name) =>
        name.Length is > 0 and <= MaxNodeTypeLength
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
