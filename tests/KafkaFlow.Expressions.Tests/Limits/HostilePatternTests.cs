using System.Diagnostics;
using KafkaFlow.Testing;

namespace KafkaFlow.Expressions.Tests.Limits;

/// <summary>
/// Random regular expressions over texts on which many of their ways stay open. Linear time alone bounds no memory: the
/// states of the automaton are made while matching.
/// </summary>
public sealed class HostilePatternTests(ITestOutputHelper output)
{
    private const long MaxBytes = 8 * 1024 * 1024;
    private const int MaxAtoms = 400;
    private const int TextChars = 20_000;
    private static readonly string[] Atoms = ["a", ".", "[ab]", "b", "c", "\\w", "[^c]"];
    private static readonly string[] Uses =
        ["text.matches(p) ? 1 : 0", "regex.replace(text, p, 'x').size()", "regex.extractAll(text, p).size()"];

    [Fact]
    [Trait("tier", "fast")]
    public void Ten_seconds_of_patterns_take_no_more_memory_than_their_price() => Run(TimeSpan.FromSeconds(10));

    [Fact]
    [Trait("tier", "long")]
    public void Two_minutes_of_patterns_take_no_more_memory_than_their_price() => Run(TimeSpan.FromMinutes(2));

    [Theory]
    [Trait("tier", "fast")]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(240)]
    public void A_pattern_with_too_many_ways_open_is_refused(int dots)
    {
        (ExpressionScope scope, Bound variables) = Bound.Of($$"""{"text": "{{new string('a', TextChars)}}"}""");
        string text = $"text.matches('(a+{new string('.', dots)})+b')";
        Assert.Equal("limit_regex", Expression.TryCompile(text, scope, out _)!.Evaluate(variables).Error?.Code);
    }

    [Theory]
    [Trait("tier", "fast")]
    [InlineData("^[\\\\w.+-]+@[\\\\w-]+\\\\.[\\\\w.]+$", "ann.lee@example.org", 1_000)]
    [InlineData("^\\\\d{4}-\\\\d{2}-\\\\d{2}T\\\\d{2}:\\\\d{2}:\\\\d{2}(\\\\.\\\\d+)?(Z|[+-]\\\\d{2}:\\\\d{2})$", "2024-01-02T03:04:05.5Z", 20)]
    [InlineData("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "01234567-89ab-cdef-0123-456789abcdef", 1_000)]
    [InlineData("\\\\d{4}-\\\\d{2}-\\\\d{2}", "on 2024-01-02 it was", 20)]
    public void Patterns_of_everyday_serve_many_texts_in_one_condition(string pattern, string text, int texts)
    {
        (ExpressionScope scope, Bound variables) = Bound.Of($$"""{"l": [{{string.Join(',', Enumerable.Repeat($"\"{text}\"", texts))}}]}""");
        Condition condition = Condition.TryCompile($"l.all(x, x.matches('{pattern}'))", scope, out _)!;
        Value value = condition.Evaluate(variables);
        Assert.True(value.AsBool == true, value.Error?.Message);
    }

    [Fact]
    [Trait("tier", "fast")]
    public void A_search_for_words_in_a_long_text_is_cheap()
    {
        (ExpressionScope scope, Bound variables) = Bound.Of($$"""{"text": "{{new string('x', TextChars)}} timeout"}""");
        const string text = "text.matches('(connection refused|reset by peer|timeout|broken pipe)') && text.matches('x.*timeout')";
        Assert.True(Condition.TryCompile(text, scope, out _)!.Evaluate(variables).AsBool);
    }

    [Theory]
    [Trait("tier", "fast")]
    [InlineData("a+b")]
    [InlineData("ab")]
    public void Every_pattern_runs_in_linear_time(string pattern)
    {
        Assert.True(Library.Pattern.TryMake(pattern, out Library.Pattern? made, out _));
        Assert.True(made.Regex.Options.HasFlag(System.Text.RegularExpressions.RegexOptions.NonBacktracking));
    }

    [Fact]
    [Trait("tier", "fast")]
    public void The_regular_expressions_of_one_text_are_limited()
    {
        (ExpressionScope scope, _) = Bound.Of("""{"text": ""}""");
        string text = string.Join(" || ", Enumerable.Range(0, 100).Select(i => $"text.matches('a+{i}')"));
        Assert.Null(Condition.TryCompile(text, scope, out ExpressionDiagnostic? problem));
        Assert.Equal("limit_regex", problem!.Code);
    }

    private void Run(TimeSpan time)
    {
        int seed = TestSeed.Next(output);
        var random = new Random(seed);
        string[] texts =
        [
            new string('a', TextChars), .. new[] { "ab", "abc" }.Select(letters =>
                new string([.. Enumerable.Range(0, TextChars).Select(_ => letters[random.Next(letters.Length)])])),
        ];
        var scope = new ExpressionScope(["text", "p"]);
        Expression[] uses = [.. Uses.Select(use => Expression.TryCompile(use, scope, out _)!)];
        (int count, int done, long worst) = (0, 0, 0);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time; count++)
        {
            (string pattern, int atoms) = Generate(random, 5);
            if (atoms > MaxAtoms)
                continue;
            string text = texts[random.Next(texts.Length)];
            text = text[..(int)Math.Pow(TextChars, random.NextDouble())];
            var variables = new Bound([Value.String(text), Value.String(pattern)]);
            Expression use = uses[random.Next(uses.Length)];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Value value = use.Evaluate(variables);
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(bytes < MaxBytes, $"{bytes} bytes by {use.Text} over {text.Length} characters, p = {pattern}");
            worst = Math.Max(worst, bytes);
            done += value.IsError ? 0 : 1;
        }
        output.WriteLine($"{count} patterns, {done} within their limits, at most {worst / 1024} KiB");
        Assert.True(done > count / 20, "nearly every pattern was refused");
    }

    private static (string Text, int Atoms) Generate(Random random, int depth)
    {
        if (depth == 0 || random.Next(9) < 4)
            return (Atoms[random.Next(Atoms.Length)], 1);
        (string text, int atoms) = Generate(random, depth - 1);
        switch (random.Next(5))
        {
            case 0:
            case 1:
                for (int i = random.Next(1, 5); i > 0; i--)
                {
                    (string next, int more) = Generate(random, depth - 1);
                    (text, atoms) = (text + next, atoms + more);
                }
                return (text, atoms);
            case 2:
                (string other, int others) = Generate(random, depth - 1);
                return ($"(?:{text}|{other})", atoms + others);
            case 3:
                return ($"(?:{text}){"*+?"[random.Next(3)]}", atoms);
            default:
                int times = random.Next(2, 30);
                return (random.Next(2) == 0 ? $"(?:{text}){{{times}}}" : $"(?:{text}){{1,{times}}}", atoms * times);
        }
    }
}
