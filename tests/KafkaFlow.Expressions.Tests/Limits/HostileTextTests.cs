using System.Diagnostics;
using KafkaFlow.Expressions.Tests.Templates;
using KafkaFlow.Testing;

namespace KafkaFlow.Expressions.Tests.Limits;

/// <summary>Mutated texts: nothing throws, hangs or takes much memory.</summary>
public sealed class HostileTextTests(ITestOutputHelper output)
{
    private const long MaxBytes = 8 * 1024 * 1024;
    private const int Repeats = 3;
    private static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Seeds =
    [
        "list.map(a, list.map(b, a + b)).size() > 0", "text.replace('a', text) + text", "text.split('').join(text)",
        "text.matches('(a+)+b') || text.matches(text)", "'%s'.format([list])", "lists.range(99999).map(x, string(x))",
        "list.transformMap(k, v, v).exists(k, k > 2)", "cel.bind(a, text + text, a + a)", "base64.encode(bytes(text))",
        "timestamp('2009-02-13T23:31:30.123Z').getHours('Europe/Berlin')", "duration('1h2m3.5s') * 2", "1 / 0 > 2 ? [1][9] : {1: 2}[3]",
        "{{ list | join(text) | length }}", "{% for x in range(1000) %}{{ text }}{% endfor %}", "a {{ text | truncate(9) | urlencode }}",
        "{% for x in list if x > 3 %}{% set y = x ~ text %}{{ loop.index ~ y }}{% else %}{% raw %}{{{% endraw %}{% endfor %}",
        "{{ list | map('string') | unique | sort(reverse=true) | list | tojson | fromjson }}", "{{ '%.999f'.format([1.5]) }}",
        "{{ text | int(base=36) }} {{ 1.5 | round(300) }} {{ list | sum(start=9) }} {{ text | list | count }}",
        "regex.replace(text, 'a*', text)", "sets.equivalent(list, list.map(x, x * x))", "list.sortBy(x, -x).flatten(9)",
    ];
    private static readonly string[] Pieces =
    [
        "(", ")", "[", "]", "{", "}", "{{", "}}", "{%", "%}", "'", "\"", "\\", "|", "&&", "||", "?", ":", ".", ",", "~", "in", "not",
        "is", "if", "else", "x", "text", "list", "9", "-", "1e308", "9223372036854775807", "😀", "\ud800", "\0", "\n", ".map(x, x + x)",
        " + text", ".size()", " | string", "{1000}", "a{999}", "''", "r'", "b'", "{% for i in list %}", "{% endfor %}", "is defined",
    ];

    [Fact]
    [Trait("tier", "fast")]
    public void Ten_seconds_of_mutations_do_no_harm() => Run(TimeSpan.FromSeconds(10));

    [Fact]
    [Trait("tier", "long")]
    public void Five_minutes_of_mutations_do_no_harm() => Run(TimeSpan.FromMinutes(5));

    private void Run(TimeSpan time)
    {
        int seed = TestSeed.Next(output);
        var random = new Random(seed);
        var generator = new TemplateGenerator(random);
        (ExpressionScope scope, Bound variables) = Bound.Of(
            $$"""{"list": [{{string.Join(',', Enumerable.Range(0, 300))}}], "text": "{{new string('a', 20_000)}}", "x": 1}""");
        int slow = 0;
        int count = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time; count++)
        {
            string hostile = Mutate(random, random.Next(4) == 0 ? generator.Mixed() : Seeds[random.Next(Seeds.Length)]);
            long start = Stopwatch.GetTimestamp();
            long bytes = Use(hostile, scope, variables);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            Assert.True(bytes < MaxBytes, $"{bytes} bytes by {hostile}");
            // A first call compiles the code, and another process may hold the processor: only what is slow twice counts.
            if (took > MaxTime && IsSlowAgain(hostile, scope, variables))
            {
                slow++;
                output.WriteLine($"{took.TotalMilliseconds:F0} ms: {hostile}");
            }
        }
        output.WriteLine($"{count} texts, {slow} slow");
        Assert.True(count > 100, "too few texts");
        Assert.Equal(0, slow);
    }

    private static bool IsSlowAgain(string text, ExpressionScope scope, Bound variables)
    {
        for (int i = 0; i < Repeats; i++)
        {
            TimeSpan start = ThreadTime();
            Use(text, scope, variables);
            if (ThreadTime() - start <= MaxTime)
                return false;
        }
        return true;
    }

    /// <summary>Time this thread had a processor, where the system tells; else the time of the clock.</summary>
    private static TimeSpan ThreadTime()
    {
        const string schedule = "/proc/thread-self/schedstat";
        if (!File.Exists(schedule))
            return Stopwatch.GetElapsedTime(0);
        string nanoseconds = File.ReadAllText(schedule).Split(' ')[0];
        return TimeSpan.FromMicroseconds(long.Parse(nanoseconds, System.Globalization.CultureInfo.InvariantCulture) / 1000);
    }

    /// <returns>Bytes allocated by the hungriest of the ways to use a text.</returns>
    private static long Use(string text, ExpressionScope scope, Bound variables)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Condition.TryCompile(text, scope, out _)?.Evaluate(variables);
        long middle = GC.GetAllocatedBytesForCurrentThread();
        Template.TryCompile(text, scope, out _)?.Evaluate(variables);
        Value.FromJson(text);
        return Math.Max(middle - before, GC.GetAllocatedBytesForCurrentThread() - middle);
    }

    private static string Mutate(Random random, string text)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(text.Length + 1);
            string piece = Pieces[random.Next(Pieces.Length)];
            text = random.Next(4) switch
            {
                0 => text[..at],
                1 => text.Insert(at, string.Concat(Enumerable.Repeat(piece, random.Next(1, 40)))),
                2 => text.Remove(at, Math.Min(random.Next(1, 4), text.Length - at)),
                _ => text.Insert(at, piece),
            };
        }
        return text;
    }
}
