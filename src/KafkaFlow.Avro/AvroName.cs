namespace KafkaFlow.Avro;

/// <summary>Full name of a record, enum or fixed.</summary>
/// <param name="Namespace">Dotted; empty for none.</param>
/// <param name="Simple">The last part.</param>
public sealed record AvroName(string Namespace, string Simple)
{
    /// <summary><c>namespace.simple</c>, or only <c>simple</c>.</summary>
    public string Full { get; } = Namespace.Length == 0 ? Simple : Namespace + "." + Simple;

    public override string ToString() => Full;

    /// <summary>One part of a name: <c>[A-Za-z_][A-Za-z0-9_]*</c>.</summary>
    public static bool IsPart(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || char.IsAsciiDigit(text[0]))
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }

        return true;
    }

    /// <summary>Empty, or parts joined by dots.</summary>
    public static bool IsNamespace(string text)
    {
        if (text.Length == 0)
            return true;
        foreach (Range part in text.AsSpan().Split('.'))
        {
            if (!IsPart(text.AsSpan(part)))
                return false;
        }

        return true;
    }

    /// <summary>Splits a name that may be dotted; without a dot it lies in <paramref name="enclosing"/>.</summary>
    internal static bool TryParse(string text, string enclosing, out AvroName name)
    {
        int dot = text.LastIndexOf('.');
        string space = dot < 0 ? enclosing : text[..dot];
        string simple = dot < 0 ? text : text[(dot + 1)..];
        name = new AvroName(space, simple);
        return IsPart(simple) && IsNamespace(space);
    }
}
